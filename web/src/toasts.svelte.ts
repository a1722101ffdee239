/** What the page has to say in passing. */
export class Toasts {
  shown = $state<{ id: number; text: string }[]>([]);
  private count = 0;

  add(text: string): void {
    if (this.shown.some((toast) => toast.text === text)) return;
    const id = ++this.count;
    this.shown = [...this.shown.slice(-3), { id, text }];
    setTimeout(() => this.dismiss(id), 12_000);
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }
}
