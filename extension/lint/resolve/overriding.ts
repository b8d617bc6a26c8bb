import { AssignedAttributes } from './assigned.js';
import type { Evaluator } from './evaluator.js';
import { joined } from './join.js';
import type { ClassEntry, Value } from './values.js';

const NOTHING: readonly Value[] = [];
/** More subclasses than this are taken together as what they have in common. */
const MOST_ALTERNATIVES = 8;
const MOST_SUBCLASSES = 200;

/** What subclasses put in the place of attributes that their bases only name: `name = None` in a class body. */
export class OverridingAttributes {
  private readonly places = new AssignedAttributes(MOST_SUBCLASSES);

  constructor(private readonly evaluator: Evaluator) {}

  /** Notes what the body of a class says. */
  add(entry: ClassEntry): void {
    const [, ...bases] = this.evaluator.linearization(entry).classes;
    if (bases.length === 0) return;
    for (const [name, reference] of Object.entries(entry.summary.members)) {
      if (/^[?'#&]/.test(reference)) continue;
      for (const base of bases)
        if (base.summary.members[name] === '#None')
          this.places.add(this.evaluator.former.class(base), name, { reference, file: entry.file });
    }
  }

  /** What the subclasses of a class set an attribute to; where those are many classes, the one they all derive from. */
  values(entry: ClassEntry, name: string): readonly Value[] {
    const places = this.places.get(this.evaluator.former.class(entry), name);
    if (places.length === 0) return NOTHING;
    const values = places.map(({ reference, file }) => this.evaluator.evaluate(reference, file));
    if (places.length <= MOST_ALTERNATIVES) return joined(values);
    const classes = values.flat().flatMap((value) => (value.kind === 'class' ? [value.class] : []));
    const lines = classes.map((each) => this.evaluator.linearization(each).classes);
    const shared = lines[0]?.find((candidate) => lines.every((line) => line.includes(candidate)));
    return shared === undefined ? NOTHING : [{ kind: 'class', class: shared }];
  }
}
