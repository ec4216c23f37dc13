/** What one may do. Roles are sets of permissions; an API key has a role. */
export const PERMISSIONS = [
  'records:read',
  'records:write',
  'records:delete',
  'connections:manage',
  'mappings:edit',
  'runs:execute',
  'export',
  'keys:manage',
  'calls:place',
  'actions:run',
  'money:refund',
  'operator',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** `admin` runs a workspace; `operator` runs the installation as well. */
export const ROLES = {
  reader: ['records:read'],
  editor: ['records:read', 'records:write', 'records:delete', 'calls:place', 'actions:run'],
  admin: [
    'records:read',
    'records:write',
    'records:delete',
    'connections:manage',
    'mappings:edit',
    'runs:execute',
    'export',
    'keys:manage',
    'calls:place',
    'actions:run',
    'money:refund',
  ],
  operator: PERMISSIONS,
} as const satisfies { [role: string]: readonly Permission[] };

export type Role = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as [Role, ...Role[]];
