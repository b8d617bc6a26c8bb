/** The positional argument at an index, or undefined. */
export function positional(args: readonly string[], index: number): string | undefined {
  return args.filter((argument) => !isKeyword(argument) && !argument.startsWith('**'))[index];
}

/** The value of a keyword argument, or undefined. */
export function keyword(args: readonly string[], name: string): string | undefined {
  const found = args.find((argument) => argument.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

function isKeyword(argument: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_]*=/u.test(argument);
}
