import { childOfType, positionAt } from '../syntax/node.js';
import type { SyntaxNode } from '../syntax/node.js';
import { CallRecorder } from './calls.js';
import { lambdaParameters } from './definitions.js';
import type { Deferred } from './binder.js';
import { structuralFacts } from './facts.js';
import { annotationReference, referenceOf } from './references.js';
import { either, Scope, UNKNOWN } from './scope.js';
import { CallFlag } from './types.js';
import type { CallSummary, FunctionSummary, Reference } from './types.js';

/** Reads class and function definitions and, later, function bodies. */
export abstract class DefinitionReader extends CallRecorder {
  protected returned: Reference[] = [];
  protected yielded: Reference[] = [];
  protected held: CallSummary[][] = [];

  protected decorated(node: SyntaxNode): void {
    const references: Reference[] = [];
    let definition: SyntaxNode | undefined;
    for (const child of node.children) {
      if (child.type !== 'decorator') definition = child;
      else if (child.children[0] !== undefined) {
        this.visit(child.children[0], 0);
        references.push(referenceOf(child.children[0], this));
      }
    }
    if (definition !== undefined) this.definition(definition, references);
  }

  protected definition(node: SyntaxNode, decorators: Reference[]): void {
    const name = childOfType(node, 'identifier');
    if (name === undefined) return;
    if (node.type === 'class_definition') this.class(node, name, decorators);
    else this.function(node, name, decorators);
  }

  protected class(node: SyntaxNode, name: SyntaxNode, decorators: Reference[]): void {
    const list = childOfType(node, 'argument_list');
    for (const base of list?.children ?? []) this.argument(base, 0);
    const bases = (list?.children ?? [])
      .filter((base) => base.type !== 'keyword_argument' && base.type !== 'dictionary_splat')
      .map((base) =>
        referenceOf(base.type === 'subscript' && base.children[0] !== undefined ? base.children[0] : base, this),
      );
    const text = this.source.slice(name.start, name.end);
    const index = this.classes.length;
    this.classes.push({
      name: text,
      qualifiedName: this.qualified(text),
      line: positionAt(this.file.lineStarts, name.start).line,
      bases,
      decorators,
      members: {},
      attributes: {},
      parent: this.scope.functionIndex,
    });
    this.bind(name, `%${index}`);
    const outer = this.scope;
    this.scope = new Scope('class', outer, outer.functionIndex, index);
    this.visitAll(childOfType(node, 'block')?.children ?? []);
    this.scope = outer;
  }

  protected function(node: SyntaxNode, name: SyntaxNode, decorators: Reference[]): void {
    const text = this.source.slice(name.start, name.end);
    const owner = this.scope.kind === 'class' ? this.scope.classIndex : -1;
    for (const parameter of childOfType(node, 'parameters')?.children ?? []) this.visit(parameter, 0);
    const annotation = childOfType(node, 'type');
    if (annotation !== undefined) this.visit(annotation, 0);
    const summary = this.newFunction(node, text, this.qualified(text), owner, this.scope.functionIndex);
    const position = positionAt(this.file.lineStarts, name.start);
    summary.line = position.line;
    summary.column = position.column;
    summary.decorators = decorators;
    const index = this.functions.indexOf(summary);
    const accessor = decorators.some((decorator) => decorator.endsWith('.setter') || decorator.endsWith('.deleter'));
    if (!accessor) this.bind(name, `&${index}`);
    this.deferred.push({ node, scope: this.scope, index });
  }

  protected body({ node, scope, index }: Deferred): void {
    const summary = this.functions[index];
    if (summary === undefined) return;
    this.current = summary;
    this.returned = [];
    this.yielded = [];
    this.held = [];
    this.inherited = 0;
    this.scope = scope;
    const inner = new Scope('function', scope, index, -1);
    const annotated = this.parameters(node, summary, inner);
    const annotation = childOfType(node, 'type');
    const declared = annotation === undefined ? UNKNOWN : annotationReference(annotation, this);
    this.scope = inner;
    for (const [name, value] of annotated) inner.bind(name, value);
    if (node.type === 'lambda') {
      const body = node.children.at(-1);
      if (body !== undefined && body.type !== 'lambda_parameters') {
        this.visit(body, CallFlag.returned);
        this.returned.push(referenceOf(body, this));
      }
    } else {
      this.visitAll(childOfType(node, 'block')?.children ?? []);
      summary.facts = structuralFacts(node, this.file, summary, this);
    }
    const item = declared.startsWith('[') ? declared.slice(1, -1) : UNKNOWN;
    summary.returns = declared === UNKNOWN ? either(this.returned) : declared;
    summary.yields = item === UNKNOWN ? either(this.yielded) : item;
  }

  /** What each parameter stands for in the body; annotations are read in the enclosing scope. */
  protected parameters(node: SyntaxNode, summary: FunctionSummary, inner: Scope): [string, Reference][] {
    const isStatic = summary.decorators.some((decorator) => decorator.endsWith('staticmethod'));
    const isClass =
      summary.decorators.some((decorator) => decorator.endsWith('classmethod')) || summary.name === '__new__';
    const nodes = node.type === 'lambda' ? lambdaParameters(node) : (childOfType(node, 'parameters')?.children ?? []);
    const defaults = new Map<string, Reference>();
    const values = summary.parameters.map((parameter, position): [string, Reference] => {
      if (position === 0 && summary.owner >= 0 && !isStatic && parameter.kind === 'positional') {
        return [parameter.name, `${isClass ? '%' : '$'}${summary.owner}`];
      }
      const own = nodes.find((child) => parameterName(child, this.source) === parameter.name);
      const type = own === undefined ? undefined : childOfType(own, 'type');
      const isSingle = parameter.kind === 'positional' || parameter.kind === 'keyword';
      const value = type === undefined || !isSingle ? UNKNOWN : annotationReference(type, this);
      if (value !== UNKNOWN) return [parameter.name, value];
      const given = own?.type.endsWith('default_parameter') === true ? own.children.at(-1) : undefined;
      const reference = given === undefined ? UNKNOWN : referenceOf(given, this);
      if (!/^[?'#]/.test(reference)) defaults.set(parameter.name, reference);
      return [parameter.name, `~${inner.functionIndex}:${parameter.name}`];
    });
    if (defaults.size > 0) {
      summary.parameters = summary.parameters.map((parameter) => {
        const value = defaults.get(parameter.name);
        return value === undefined ? parameter : { ...parameter, default: value };
      });
    }
    return values;
  }
}

function parameterName(node: SyntaxNode | undefined, source: string): string {
  let current = node;
  while (current !== undefined && current.type !== 'identifier') current = current.children[0];
  return current === undefined ? '' : source.slice(current.start, current.end);
}
