import { positionAt } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';
import { definitionShape, parameterShapes } from './definitions.js';
import { isAsync } from '../syntax/node.js';
import { referenceOf } from './references.js';
import type { ReferenceContext } from './references.js';
import { either, extended, Scope, UNKNOWN } from './scope.js';
import type { AttributeSummary, ClassSummary, FunctionSummary, Reference } from './types.js';

/** A function summary while its body is still being read. */
export type MutableFunction = { -readonly [Key in keyof FunctionSummary]: FunctionSummary[Key] };

/** A function whose body is read once everything around it is known. */
export interface Deferred {
  node: SyntaxNode;
  scope: Scope;
  index: number;
}

/** Names in scope while a file is walked: what they stand for, and what assignments make of them. */
export abstract class Binder implements ReferenceContext {
  readonly source: string;
  protected readonly functions: MutableFunction[] = [];
  protected readonly classes: ClassSummary[] = [];
  protected readonly attributes: AttributeSummary[] = [];
  protected readonly stars: string[] = [];
  protected readonly deferred: Deferred[] = [];
  protected readonly lambdas = new Map<SyntaxNode, number>();
  protected readonly module = new Scope('module', null, 0, -1);
  protected scope: Scope = this.module;
  protected current: MutableFunction;
  protected readonly comprehensionReferences = new WeakMap<SyntaxNode, Reference>();

  constructor(protected readonly file: SyntaxFile) {
    this.source = file.source;
    this.current = this.newFunction(file.root, '<module>', '<module>', -1, -1);
  }

  lookup(name: string): Reference {
    for (let scope: Scope | null = this.scope; scope !== null; scope = scope.parent) {
      if (scope.kind === 'class' && scope !== this.scope) continue;
      if (scope.kind === 'module' && scope !== this.scope) return this.moduleName(name);
      if (scope.globals.has(name)) return this.moduleName(name);
      const value = scope.latest(name);
      if (value !== undefined) return value;
    }
    return this.moduleName(name);
  }

  /** A module-level name as a function sees it: inlined when it has one value, by name when it has several. */
  protected moduleName(name: string): Reference {
    const all = this.module.all(name);
    if (all === undefined) return this.stars.length > 0 ? `*${name}` : `/builtins.${name}`;
    const [only] = all;
    return all.length === 1 && only !== undefined && only !== '#None' ? only : `:${name}`;
  }

  lambda(node: SyntaxNode): Reference {
    let index = this.lambdas.get(node);
    if (index === undefined) {
      const summary = this.newFunction(node, '<lambda>', this.qualified('<lambda>'), -1, this.scope.functionIndex);
      index = this.functions.indexOf(summary);
      this.lambdas.set(node, index);
      this.deferred.push({ node, scope: this.scope, index });
    }
    return `&${index}`;
  }

  superOf(): Reference {
    for (let scope: Scope | null = this.scope; scope !== null; scope = scope.parent) {
      if (scope.classIndex >= 0) return `^${scope.classIndex}`;
    }
    return UNKNOWN;
  }

  comprehensionItem(node: SyntaxNode): Reference | undefined {
    return this.comprehensionReferences.get(node);
  }

  protected qualified(name: string): string {
    const owner =
      this.scope.kind === 'class' ? this.classes[this.scope.classIndex]?.qualifiedName : this.current.qualifiedName;
    return owner === undefined || owner === '<module>' ? name : `${owner}.${name}`;
  }

  /** Binds an assignment target: a name, an attribute of `self` or `cls`, or a pattern of them. */
  protected bind(target: SyntaxNode, value: Reference): void {
    switch (target.type) {
      case 'identifier': {
        const name = this.source.slice(target.start, target.end);
        if (this.scope.globals.has(name)) this.module.bind(name, value);
        else this.bindName(name, value);
        return;
      }
      case 'attribute':
        this.bindAttribute(target, value);
        return;
      case 'subscript':
        if (target.children[0] !== undefined) this.bindElement(target.children[0], value);
        return;
      case 'pattern_list':
      case 'tuple_pattern':
      case 'list_pattern':
      case 'expression_list':
      case 'tuple':
      case 'as_pattern_target':
      case 'parenthesized_expression':
      case 'list_splat_pattern': {
        const only = target.children.length === 1 && target.type !== 'pattern_list';
        const splat = target.children.findIndex((child) => child.type === 'list_splat_pattern');
        target.children.forEach((child, index) => {
          const position = index > 9 || (splat >= 0 && index >= splat) ? '[]' : `[${index}]`;
          this.bind(child, only ? value : extended(value, position));
        });
        return;
      }
      default:
    }
  }

  protected bindName(name: string, value: Reference): void {
    this.scope.bind(name, value);
    if (this.scope.kind === 'class') {
      const members = this.classes[this.scope.classIndex]?.members;
      if (members !== undefined && (value !== UNKNOWN || !(name in members))) members[name] = value;
    }
  }

  protected bindAttribute(target: SyntaxNode, value: Reference): void {
    const [object, name] = target.children;
    if (object === undefined || name === undefined || value === UNKNOWN) return;
    const owner = referenceOf(object, this);
    const index = /^[$%](\d+)$/.exec(owner)?.[1];
    const attributes = index === undefined ? undefined : this.classes[Number(index)]?.attributes;
    const key = this.source.slice(name.start, name.end);
    if (attributes === undefined) {
      if (!/^[?'#]/.test(owner) && !/^['#]/.test(value)) this.attributes.push({ object: owner, name: key, value });
      return;
    }
    const existing = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    const merged = either(existing === undefined ? [value] : [...unionMembers(existing), value]);
    if (merged !== UNKNOWN) attributes[key] = merged;
  }

  /** Something was put into a container: a local name, a name of the module or an attribute of `self`. */
  protected bindElement(container: SyntaxNode, element: Reference): void {
    const value = extended(`[${element}`, ']');
    if (element === UNKNOWN || element.startsWith("'") || element.startsWith('#') || value === UNKNOWN) return;
    if (container.type === 'attribute') this.bindAttribute(container, value);
    if (container.type !== 'identifier') return;
    const name = this.source.slice(container.start, container.end);
    const scope = this.scope.all(name) === undefined ? this.module : this.scope;
    const known = scope.latest(name);
    if (known === undefined || !(known === UNKNOWN || known.startsWith('['))) return;
    const merged = either([known, value]);
    if (merged !== known) scope.bind(name, merged);
  }

  /** Binds what a loop over `iterated` gives; of `enumerate`, `zip` and `items` the parts are told apart. */
  protected bindItems(
    target: SyntaxNode,
    iterated: SyntaxNode,
    bind: (target: SyntaxNode, value: Reference) => void,
  ): void {
    const parts = target.type === 'identifier' ? [] : target.children;
    const sources = parts.length < 2 ? undefined : this.zipped(iterated);
    if (sources === undefined) {
      bind(target, extended(referenceOf(iterated, this), '[]'));
      return;
    }
    parts.forEach((part, index) => {
      const source = sources[index];
      bind(part, source === undefined ? UNKNOWN : extended(referenceOf(source, this), '[]'));
    });
  }

  /** The expression each part of what is iterated comes from. */
  private zipped(iterated: SyntaxNode): readonly (SyntaxNode | undefined)[] | undefined {
    const [callee, list] = iterated.type === 'call' ? iterated.children : [];
    if (callee === undefined || list?.type !== 'argument_list') return undefined;
    const [object, method] = callee.type === 'attribute' ? callee.children : [];
    if (object !== undefined && method !== undefined)
      return this.source.slice(method.start, method.end) === 'items' ? [undefined, object] : undefined;
    const name = this.source.slice(callee.start, callee.end);
    if (name === 'enumerate') return [undefined, list.children[0]];
    return name === 'zip' ? list.children : undefined;
  }

  /** Binds comprehension variables without leaving them in class members or module names. */
  protected scopeBind(target: SyntaxNode, value: Reference): void {
    if (target.type === 'identifier') this.scope.bind(this.source.slice(target.start, target.end), value);
    else
      for (const child of target.children)
        if (child.type === 'identifier')
          this.scope.bind(this.source.slice(child.start, child.end), extended(value, '[]'));
  }

  protected newFunction(
    node: SyntaxNode,
    name: string,
    qualifiedName: string,
    owner: number,
    parent: number,
  ): MutableFunction {
    const start = positionAt(this.file.lineStarts, node.start);
    const shape = definitionShape(node, this.source);
    const summary: MutableFunction = {
      name,
      qualifiedName,
      line: start.line,
      column: start.column,
      isAsync: node.type === 'function_definition' && isAsync(this.source, node),
      isGenerator: false,
      isAbstract: shape.isAbstract,
      isLambda: node.type === 'lambda',
      hasAwait: false,
      parameters: parameterShapes(node, this.source),
      owner,
      parent,
      decorators: [],
      returns: UNKNOWN,
      yields: UNKNOWN,
      calls: [],
      reads: [],
      facts: [],
    };
    this.functions.push(summary);
    return summary;
  }
}

function unionMembers(reference: Reference): Reference[] {
  return reference.startsWith('(') && reference.endsWith(')') && !reference.slice(1, -1).includes('(')
    ? reference.slice(1, -1).split('|')
    : [reference];
}
