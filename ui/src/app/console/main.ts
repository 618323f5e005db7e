/** Entry of the operator console. */
import '../../styles/base.css';
import '../../lib/theme.svelte';
import { mount } from 'svelte';
import ConsoleApp from './ConsoleApp.svelte';

mount(ConsoleApp, { target: document.getElementById('app')! });
