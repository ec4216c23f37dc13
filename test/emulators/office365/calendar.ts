import { digest } from './shelf.ts';

export interface Calendar {
  id: string;
  name: string;
  owner: string;
  canEdit: boolean;
  isDefaultCalendar: boolean;
}

export function createCalendar(email: string, name: string, more: Partial<Omit<Calendar, 'id' | 'name'>> = {}): Calendar {
  const id = `AAMkAGI2${digest(`${email} calendar ${name}`, 40)}AAAAAAEGAAA=`;
  return { id, name, owner: email, canEdit: true, isDefaultCalendar: false, ...more };
}
