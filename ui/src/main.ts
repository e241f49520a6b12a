import '@fontsource-variable/plus-jakarta-sans/wght.css';
import './styles/index.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { openBackend } from './lib/backend';
import { locale } from './lib/i18n/locale.svelte';
import { theme } from './lib/state/theme.svelte';

theme.start();
document.documentElement.lang = locale.current;

const target = document.getElementById('app');
if (target) mount(App, { target, props: { opening: openBackend() } });
