/** What the table of permissions calls things. */
export const SAY = {
  title: 'Who may do what', lead: 'Every call of the service and the roles that may make it, read off the table that is enforced. Roles come from your directory, or from two people here.',
  what: 'What', call: 'Call', roles: 'Roles', stepUp: 'Fresh sign-in', anyone: 'anyone', needed: 'needed', save: 'Save as JSON', file: 'permissions.json',
} as const;
