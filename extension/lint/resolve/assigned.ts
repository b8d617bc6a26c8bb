import type { Reference } from '../summary/types.js';
import type { ClassEntry, FileEntry } from './values.js';

/** What an attribute is set to, and the file in which that is written. */
export interface Assigned {
  reference: Reference;
  file: FileEntry;
}

const NOTHING: readonly Assigned[] = [];

/** Attributes that are set elsewhere than in the methods of their object, by the class of the object, or the name of one outside the workspace. */
export class AssignedAttributes {
  private readonly byOwner = new Map<ClassEntry | string, Map<string, Assigned[]>>();

  /** @param mostPlaces An attribute that is set in more places says nothing. */
  constructor(private readonly mostPlaces: number) {}

  add(owner: ClassEntry | string, name: string, assigned: Assigned): void {
    let names = this.byOwner.get(owner);
    if (names === undefined) this.byOwner.set(owner, (names = new Map<string, Assigned[]>()));
    const list = names.get(name);
    if (list === undefined) names.set(name, [assigned]);
    else list.push(assigned);
  }

  get(owner: ClassEntry | string, name: string): readonly Assigned[] {
    const list = this.byOwner.get(owner)?.get(name) ?? NOTHING;
    return list.length > this.mostPlaces ? NOTHING : list;
  }
}
