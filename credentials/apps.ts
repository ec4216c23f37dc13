/** Client ids and secrets: those a workspace brings itself go before those of the installation. */
import { Refused } from '#kit/errors.ts';

/** A client registered at a service. */
export interface App {
  id: string;
  secret: string;
}

/** Which app is used, and whose it is. */
export interface ChosenApp extends App {
  of: 'workspace' | 'installation';
}

/** Throws Refused, saying how to set one, where there is none. */
export function chooseApp(
  connector: { name: string; title: string },
  own: App | undefined,
  installation: App | undefined,
): ChosenApp {
  if (own !== undefined) return { ...own, of: 'workspace' };
  if (installation !== undefined) return { ...installation, of: 'installation' };
  const prefix = connector.name.toUpperCase();
  throw new Refused(
    `No client id and secret are set for ${connector.title}.`,
    `Register an app at ${connector.title} and set ${prefix}_CLIENT_ID and ${prefix}_CLIENT_SECRET for the hub, ` +
      `or PUT /api/connectors/${connector.name}/app for this workspace; README.md goes through it step by step.`,
  );
}
