/** Where this screen stands. */
import { inDesktop } from './connect';

const thisMachine = ['localhost', '127.0.0.1', '[::1]'];

/** This screen is on the station itself: what proves presence is offered here only, and the station checks it again. */
export const atStation = inDesktop || thisMachine.includes(location.hostname) || location.hostname.endsWith('.localhost');
