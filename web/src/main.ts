import 'maplibre-gl/dist/maplibre-gl.css';
import 'uplot/dist/uPlot.min.css';
import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { Store } from './state.svelte';

const store = new Store();
mount(App, { target: document.getElementById('app') as HTMLElement, props: { store } });
