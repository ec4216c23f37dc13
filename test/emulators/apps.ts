/** What a hub is told of the app that every emulated service knows, by the names of its environment. */
export const demoApps = (connectors: readonly string[]): { [variable: string]: string } =>
  Object.fromEntries(
    connectors.flatMap((connector) => [
      [`${connector.toUpperCase()}_CLIENT_ID`, 'switchboard-demo'],
      [`${connector.toUpperCase()}_CLIENT_SECRET`, 'demo-secret'],
    ]),
  );
