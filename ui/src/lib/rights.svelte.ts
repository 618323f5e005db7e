/**
 * What the signed-in role may do, read from the station's own table (`roles.show`), so that the screens hide what would
 * be refused. It decides nothing: the station checks every command again.
 */
import type { Role } from '../bindings/Role';
import type { RoleRule } from '../bindings/RoleRule';
import type { Backend, CommandName } from './backend';

export class Rights {
  rules = $state.raw<RoleRule[] | null>(null);
  /** False until the table is read, or could not be. */
  ready = $state(false);
  #role = $state<Role>('auditor');
  #allowed = $derived(new Set((this.rules ?? []).filter((rule) => rule.public || rule.roles.includes(this.#role)).map((rule) => rule.command)));

  async load(backend: Backend, role: Role): Promise<void> {
    this.#role = role;
    try {
      this.rules = await backend.call('roles.show', {});
    } catch {
      this.rules = null;
    }
    this.ready = true;
  }

  get role(): Role {
    return this.#role;
  }

  /** Without the table everything is offered, and the station says no where it must. */
  may(command: CommandName): boolean {
    return this.rules === null || this.#allowed.has(command);
  }
}

export const rights = new Rights();
