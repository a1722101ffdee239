import type { zhAlerts } from './zh.alerts';

/** Words in English of warnings. */
export const enAlerts: Record<keyof typeof zhAlerts, string> = {
  'alerts.title': 'Warnings',
  'alerts.count': '{count} in force',
  'alerts.none': 'No warning is in force',
  'alerts.name': '{name}: {title}',
  'alerts.advice': 'Advice: {advice}',
  'alerts.by': 'Acknowledged by {name}, {time}',
  'alerts.ack': 'Acknowledge',
  'alerts.note': 'Note (may be left out)',
  'alerts.confirm': 'Acknowledge the warning',
  'alerts.cancel': 'Cancel',
  'severity.blue': 'blue',
  'severity.yellow': 'yellow',
  'severity.orange': 'orange',
  'severity.red': 'red',
  'alert_state.raised': 'not acknowledged',
  'alert_state.acknowledged': 'acknowledged',
  'announce.alert': '{name}: {title}, {severity} warning',
};
