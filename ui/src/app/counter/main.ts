/** Entry of the counter page. `?till=<id>` names the till for an operator's session; a paired screen needs none. */
import '../../styles/base.css';
import '../../lib/theme.svelte';
import { mount } from 'svelte';
import CounterApp from './CounterApp.svelte';

const asked = Number(new URLSearchParams(location.search).get('till'));
const tillId = Number.isInteger(asked) && asked > 0 ? asked : null;

mount(CounterApp, { target: document.getElementById('app')!, props: { tillId } });
