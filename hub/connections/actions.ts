/** Doing at a service what is no row of a stream: an invoice is sent, money is given back. Whoever asks needs the permission for it. */
import { Fault } from '#hub/fault.ts';
import type { Permission } from '#hub/permissions.ts';
import type { Action, Connector } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import type { Fields, Values } from '#kit/fields.ts';
import { checkValues } from '#kit/rows.ts';

export interface ActionView {
  name: string;
  title: string;
  input: Fields;
  /** Can it be taken back? */
  undo: Action['undo'];
  /** What one needs to run it. */
  needs: readonly Permission[];
}

export interface Deed {
  action: string;
  input: Values;
  /** What whoever asks may do. */
  permissions: ReadonlySet<Permission>;
}

export function actionsOf({ actions = {} }: Connector): ActionView[] {
  return Object.entries(actions).map(([name, action]) => {
    const { title, input, undo } = action;
    return { name, title, input, undo, needs: needsOf(action) };
  });
}

function needsOf({ paysOut }: Action): readonly Permission[] {
  return paysOut ? ['actions:run', 'money:refund'] : ['actions:run'];
}

/** Throws Fault where there is no such action, whoever asks may not, or the input does not fit; else what the action throws. */
export async function runAction(connector: Connector, deed: Deed, context: () => Promise<Context>): Promise<Values> {
  const { actions = {}, title } = connector;
  const action = Object.hasOwn(actions, deed.action) ? actions[deed.action] : undefined;
  if (action === undefined) {
    const known = Object.keys(actions).join(', ') || 'none';
    throw new Fault('missing', `${title} has no action called "${deed.action}".`, `There are: ${known}.`);
  }
  const lacking = needsOf(action).filter((one) => !deed.permissions.has(one));
  if (lacking.length > 0) {
    throw new Fault('forbidden', `"${action.title}" needs ${lacking.join(' and ')}.`, 'Ask an administrator of the workspace.');
  }
  const problems = checkValues(action.input, deed.input);
  if (problems.length > 0) {
    throw new Fault('invalid', `The input does not fit "${action.title}".`, 'Change the places that are listed.', problems);
  }
  return action.run(await context(), deed.input);
}
