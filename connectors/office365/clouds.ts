/** Where the clouds of Microsoft are: each has a Graph and a sign-in of its own, and knows the accounts of no other. */

/** `tenant`: whose accounts may sign in; `common` is everybody's, else an id or a domain. */
export interface Cloud {
  graph: string;
  login: string;
}

const TENANT = 'common';

/** learn.microsoft.com/graph/deployments. A hub of a national cloud names these by `SWITCHBOARD_HOSTS`. */
export const CLOUDS = {
  global: { graph: 'https://graph.microsoft.com', login: `https://login.microsoftonline.com/${TENANT}` },
  usGovernment: { graph: 'https://graph.microsoft.us', login: `https://login.microsoftonline.us/${TENANT}` },
  usDefense: { graph: 'https://dod-graph.microsoft.us', login: `https://login.microsoftonline.us/${TENANT}` },
  china: { graph: 'https://microsoftgraph.chinacloudapi.cn', login: `https://login.chinacloudapi.cn/${TENANT}` },
} as const satisfies { readonly [cloud: string]: Cloud };
