import type { Reference } from '../summary/types.js';
import type { ClassEntry, FileEntry } from './values.js';

/** What an attribute is set to, and the file in which that is written. */
export interface Assigned {
  reference: Reference;
  file: FileEntry;
}

const NOTHING: readonly Assigned[] = [];
/** An attribute that is set in more places than this says nothing. */
const MOST_PLACES = 8;

/** Attributes that are set from outside the methods of their object, by the class of the object, or the name of one outside the workspace. */
export class AssignedAttributes {
  private readonly byOwner = new Map<ClassEntry | string, Map<string, Assigned[]>>();

  add(owner: ClassEntry | string, name: string, assigned: Assigned): void {
    let names = this.byOwner.get(owner);
    if (names === undefined) this.byOwner.set(owner, (names = new Map<string, Assigned[]>()));
    const list = names.get(name);
    if (list === undefined) names.set(name, [assigned]);
    else list.push(assigned);
  }

  get(owner: ClassEntry | string, name: string): readonly Assigned[] {
    const list = this.byOwner.get(owner)?.get(name) ?? NOTHING;
    return list.length > MOST_PLACES ? NOTHING : list;
  }
}
