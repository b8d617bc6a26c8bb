/** A member of a family, and how many of its ancestors are in the list. */
export interface Relative<Member> {
  readonly member: Member;
  readonly depth: number;
}

/**
 * Puts each process behind the one that started it; otherwise the order stays.
 * @param identify The pid of a member, and that of its parent. Of members with the same pid, as after a process has ended
 * and another has got its number, the first is the parent.
 */
export function inFamilies<Member>(
  members: readonly Member[],
  identify: (member: Member) => { readonly pid: number; readonly parentPid: number },
): readonly Relative<Member>[] {
  const byPid = new Map<number, Member>();
  for (const member of members) {
    const { pid } = identify(member);
    if (!byPid.has(pid)) byPid.set(pid, member);
  }
  const children = new Map<Member | null, Member[]>();
  for (const member of members) {
    const { pid, parentPid } = identify(member);
    const parent = parentPid === pid ? null : (byPid.get(parentPid) ?? null);
    children.set(parent, [...(children.get(parent) ?? []), member]);
  }
  const listed: Relative<Member>[] = [];
  const list = (parent: Member | null, depth: number): void => {
    for (const member of children.get(parent) ?? []) {
      listed.push({ member, depth });
      list(member, depth + 1);
    }
  };
  list(null, 0);
  // Two that each claim to have started the other hang on nobody; they are not lost for it.
  const seen = new Set(listed.map(({ member }) => member));
  return [...listed, ...members.filter((member) => !seen.has(member)).map((member) => ({ member, depth: 0 }))];
}
