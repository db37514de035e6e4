import { mount } from 'svelte';
import '../../agent/src/styles/tokens.css';
import './styles/page.css';
import App from './App.svelte';

const target = document.getElementById('app');
if (target) mount(App, { target });
