import { childOfType, isAsync, unparenthesized } from '../syntax/node.js';
import type { SyntaxFile, SyntaxNode } from '../syntax/node.js';
import { DefinitionReader } from './functions.js';
import { importRecords } from './imports.js';
import { lambdaParameters } from './definitions.js';
import { annotationReference, isTypeExpression, referenceOf } from './references.js';
import { either, extended, UNKNOWN } from './scope.js';
import { suppressionsOf } from './suppressions.js';
import { CallFlag } from './types.js';
import type { ExtractOptions } from './calls.js';
import type { CallSummary, FileSummary, ImportSummary, Reference } from './types.js';

/** Statements after which a block does not go on to what follows it. */
const LEAVING = new Set(['return_statement', 'raise_statement', 'continue_statement', 'break_statement']);

/** Summarises one parsed file. Pure and synchronous; the result holds no reference to the tree. */
export function summarize(file: SyntaxFile, options: ExtractOptions = {}): FileSummary {
  return new Extractor(file, options).run();
}

/** Walks statements and expressions. */
class Extractor extends DefinitionReader {
  private readonly imports: ImportSummary[] = [];

  run(): FileSummary {
    this.visitAll(this.file.root.children);
    for (let next = this.deferred.shift(); next !== undefined; next = this.deferred.shift()) this.body(next);
    for (const each of this.functions) each.reads = each.reads.filter(({ target }) => !this.isPlain(target));
    const names: Record<string, Reference> = {};
    for (const name of this.module.names()) {
      const value = either(this.module.all(name) ?? []);
      if (value !== UNKNOWN) names[name] = value;
    }
    return {
      imports: this.imports,
      stars: this.stars,
      names,
      functions: this.functions,
      classes: this.classes,
      attributes: this.attributes,
      suppressions: suppressionsOf(this.file),
      lineCount: this.file.lineStarts.length,
    };
  }

  protected visit(node: SyntaxNode, flags: number): void {
    switch (node.type) {
      case 'identifier':
      case 'integer':
      case 'global_statement':
        if (node.type === 'global_statement') {
          for (const child of node.children) this.scope.globals.add(this.source.slice(child.start, child.end));
        }
        return;
      case 'expression_statement':
        this.visitAll(node.children, CallFlag.discarded);
        return;
      case 'call':
        this.call(node, flags);
        return;
      case 'await':
        for (const contexts of this.held) for (const context of contexts) context.flags |= CallFlag.heldAcrossAwait;
        this.current.hasAwait = true;
        this.visitAll(node.children, CallFlag.awaited);
        return;
      case 'parenthesized_expression':
      case 'conditional_expression':
        this.visitAll(node.children, flags);
        return;
      case 'attribute':
        this.attribute(node, flags);
        return;
      case 'assignment':
        this.assignment(node);
        return;
      case 'augmented_assignment':
        if (node.children[0] !== undefined) this.visitTarget(node.children[0]);
        if (node.children[1] !== undefined) this.visit(node.children[1], CallFlag.assigned);
        return;
      case 'named_expression': {
        const [name, value] = node.children;
        if (value !== undefined) this.visit(value, CallFlag.assigned);
        if (name !== undefined && value !== undefined) this.bind(name, referenceOf(value, this));
        return;
      }
      case 'return_statement':
        this.visitAll(node.children, CallFlag.returned);
        if (node.children[0] !== undefined) this.returned.push(referenceOf(node.children[0], this));
        return;
      case 'yield':
        this.yieldExpression(node);
        return;
      case 'import_statement':
      case 'import_from_statement':
      case 'future_import_statement':
        this.import(node);
        return;
      case 'function_definition':
      case 'class_definition':
        this.definition(node, []);
        return;
      case 'decorated_definition':
        this.decorated(node);
        return;
      case 'for_statement':
      case 'while_statement':
        this.loop(node);
        return;
      case 'with_statement':
        this.with(node);
        return;
      case 'try_statement':
        this.try(node);
        return;
      case 'list_comprehension':
      case 'set_comprehension':
      case 'dictionary_comprehension':
      case 'generator_expression':
        this.comprehension(node);
        return;
      case 'lambda':
        for (const parameter of lambdaParameters(node)) this.visit(parameter, 0);
        this.lambda(node);
        return;
      case 'list_splat':
        this.visitAll(node.children, CallFlag.iterated);
        return;
      case 'interpolation':
      case 'not_operator':
      case 'comparison_operator':
        this.visitAll(node.children, CallFlag.tested);
        return;
      case 'if_statement':
        this.if(node);
        return;
      case 'assert_statement':
        this.visitAll(node.children, CallFlag.tested);
        if (node.children[0] !== undefined) this.narrow(node.children[0]);
        return;
      case 'type_alias_statement': {
        this.visitAll(node.children);
        const [name, type] = node.children;
        const named = name?.children[0];
        if (named?.type === 'identifier' && type !== undefined) this.bind(named, annotationReference(type, this));
        return;
      }
      case 'boolean_operator':
        this.visitAll(node.children, flags);
        return;
      case 'case_pattern':
        this.casePattern(node);
        return;
      default:
        this.visitAll(node.children);
    }
  }

  /** Each branch starts from the values before it; what a branch that goes on assigned is one of several values afterwards. */
  private if(node: SyntaxNode): void {
    const { scope } = this;
    const mark = scope.mark();
    const outcomes: Map<string, Reference>[] = [];
    let complete = false;
    const branch = (condition: SyntaxNode | undefined, block: SyntaxNode | undefined): void => {
      if (condition !== undefined) this.visit(condition, CallFlag.tested);
      const outside = scope.mark();
      if (condition !== undefined) this.narrow(condition);
      const inner = scope.mark();
      if (block !== undefined) this.visitAll(block.children);
      const taken = scope.takeBack(inner);
      scope.takeBack(outside);
      if (!LEAVING.has(block?.children.at(-1)?.type ?? '')) outcomes.push(taken);
    };
    branch(node.children[0], childOfType(node, 'block'));
    for (const clause of node.children) {
      if (clause.type === 'elif_clause') branch(clause.children[0], childOfType(clause, 'block'));
      else if (clause.type === 'else_clause') {
        complete = true;
        branch(undefined, childOfType(clause, 'block'));
      } else if (clause.type === 'ERROR') this.visit(clause, 0);
    }
    const walrus = scope.takeBack(mark);
    for (const [name, value] of walrus) scope.bind(name, value);
    this.merge(outcomes, complete);
    this.narrowAfter(node);
  }

  private merge(outcomes: readonly Map<string, Reference>[], complete: boolean): void {
    const { scope } = this;
    for (const name of new Set(outcomes.flatMap((outcome) => [...outcome.keys()]))) {
      const before = scope.latest(name);
      const values = outcomes.map((outcome) => outcome.get(name) ?? before ?? UNKNOWN);
      if (!complete && before !== undefined) values.push(before);
      if (scope.kind === 'module') for (const value of values) scope.bind(name, value);
      else scope.bind(name, values.every((value) => value === '#None') ? '#None' : either(values));
    }
  }

  /** Where `isinstance(name, Type)` holds the name is a `Type`. */
  private narrow(condition: SyntaxNode): void {
    if (this.scope.kind !== 'function') return;
    if (condition.type === 'boolean_operator') {
      const [left, right] = condition.children;
      if (left === undefined || right === undefined || this.source.slice(left.end, right.start).trim() !== 'and')
        return;
      this.narrow(left);
      this.narrow(right);
    }
    const [callee, list] = condition.type === 'call' ? condition.children : [];
    const [name, type] = list?.children ?? [];
    if (callee === undefined || this.source.slice(callee.start, callee.end) !== 'isinstance') return;
    if (name?.type !== 'identifier' || type === undefined) return;
    const types = type.type === 'tuple' ? type.children : [type];
    const references = types.map((each) => referenceOf(each, this));
    if (references.some((each) => each === UNKNOWN || each.startsWith('/builtins.'))) return;
    this.scope.bind(this.source.slice(name.start, name.end), either(references.map((each) => `<${each}>`)));
  }

  /** After `if not isinstance(name, Type): return` the name is a `Type`. */
  private narrowAfter(node: SyntaxNode): void {
    const [condition] = node.children;
    const negated = condition?.type === 'not_operator' ? condition.children[0] : undefined;
    const block = childOfType(node, 'block');
    const isAlone = node.children.every((child) => child.type !== 'elif_clause' && child.type !== 'else_clause');
    if (negated?.type === 'call' && isAlone && LEAVING.has(block?.children.at(-1)?.type ?? '')) this.narrow(negated);
  }

  private casePattern(node: SyntaxNode): void {
    const only = node.children[0];
    if (only?.type === 'dotted_name' && only.children.length === 1 && only.children[0] !== undefined)
      this.bind(only.children[0], UNKNOWN);
    else this.visitAll(node.children);
  }

  private assignment(node: SyntaxNode): void {
    const left = node.children[0];
    const type = childOfType(node, 'type');
    const right = node.children.at(-1);
    const hasValue = right !== undefined && right !== left && right !== type;
    let value = UNKNOWN;
    if (hasValue) {
      const discarded = left?.type === 'identifier' && this.source.slice(left.start, left.end) === '_';
      this.visit(right, CallFlag.assigned | (discarded ? CallFlag.discarded : 0));
      value = right.type === 'assignment' ? this.chained(right) : referenceOf(right, this);
    }
    if (left === undefined) return;
    if (left.type !== 'identifier') this.visitTarget(left);
    if (type !== undefined) this.visit(type, 0);
    const declared = type === undefined ? UNKNOWN : annotationReference(type, this);
    const elements =
      hasValue && right.type === 'expression_list' && left.type === 'pattern_list' ? right.children : undefined;
    if (elements?.length === left.children.length && elements.length > 0) {
      const values = elements.map((element) => referenceOf(element, this));
      left.children.forEach((target, index) => this.bind(target, values[index] ?? UNKNOWN));
      return;
    }
    if (!hasValue && declared === UNKNOWN && this.scope.kind !== 'class') return;
    if (hasValue && this.scope.kind !== 'function' && isTypeExpression(right, this.source)) {
      // A name for a type stands for its instances.
      const named = annotationReference(right, this);
      if (named !== UNKNOWN) value = named;
    }
    this.bind(left, declared === UNKNOWN ? value : declared);
  }

  private chained(node: SyntaxNode): Reference {
    const right = node.children.at(-1);
    if (right === undefined) return UNKNOWN;
    return right.type === 'assignment' ? this.chained(right) : referenceOf(right, this);
  }

  private visitTarget(target: SyntaxNode): void {
    for (const child of target.children) if (child.type !== 'identifier') this.visit(child, 0);
  }

  private yieldExpression(node: SyntaxNode): void {
    const delegated = /^yield\s+from\b/.test(this.source.slice(node.start, node.start + 16));
    this.visitAll(node.children, delegated ? CallFlag.iterated : CallFlag.returned);
    const value = node.children[0] === undefined ? UNKNOWN : referenceOf(node.children[0], this);
    this.yielded.push(delegated ? extended(value, '[]') : value);
    this.current.isGenerator = true;
  }

  private import(node: SyntaxNode): void {
    const records = importRecords(node, this.file);
    this.imports.push(records.summary, ...records.more);
    if (records.star !== undefined) this.stars.push(records.star);
    for (const [name, reference] of records.bindings) {
      if (this.scope.globals.has(name)) this.module.bind(name, reference);
      else this.bindName(name, reference);
    }
  }

  private loop(node: SyntaxNode): void {
    const [left, right] = node.children;
    let body = node.children;
    if (node.type === 'for_statement' && left !== undefined && right !== undefined) {
      const awaited = isAsync(this.source, node);
      if (awaited) this.current.hasAwait = true;
      this.visit(right, awaited ? CallFlag.asyncIterated : CallFlag.iterated);
      if (!awaited) this.implicitIteration(right);
      this.visitTarget(left);
      this.bindItems(left, right, (target, value) => this.bind(target, value));
      body = node.children.slice(2);
    } else if (left !== undefined) {
      this.visit(left, CallFlag.tested | CallFlag.inLoop);
      body = node.children.slice(1);
    }
    this.inside(CallFlag.inLoop, () => this.visitAll(body));
  }

  private try(node: SyntaxNode): void {
    for (const child of node.children) {
      if (child.type === 'block') this.inside(CallFlag.inTry, () => this.visit(child, 0));
      else if (child.type === 'except_clause') this.except(child);
      else this.visit(child, 0);
    }
  }

  private except(node: SyntaxNode): void {
    for (const child of node.children) {
      const [, alias] = child.children;
      if (child.type === 'as_pattern' && alias !== undefined) this.bind(alias, UNKNOWN);
      this.visit(child, 0);
    }
  }

  private with(node: SyntaxNode): void {
    const awaited = isAsync(this.source, node);
    if (awaited) this.current.hasAwait = true;
    const contexts: CallSummary[] = [];
    let guard = 0;
    for (const item of childOfType(node, 'with_clause')?.children ?? []) {
      let value = item.children[0];
      if (value === undefined) continue;
      let target: SyntaxNode | undefined;
      if (unparenthesized(value).type === 'as_pattern') [value, target] = unparenthesized(value).children;
      if (value === undefined) continue;
      this.visit(value, awaited ? CallFlag.asyncEntered : CallFlag.entered);
      const reference = referenceOf(value, this);
      if (/\.(timeout|timeout_at|fail_after|move_on_after)\(/.test(reference)) guard = CallFlag.guarded;
      contexts.push(
        ...this.implicitContext(value, reference, awaited ? ['__aenter__'] : ['__enter__', '__exit__'], node),
      );
      if (target !== undefined) {
        this.visitTarget(target);
        this.bind(target, extended(reference, awaited ? '^!' : '^'));
      }
    }
    this.held.push(contexts);
    this.inside(guard, () => this.visitAll(node.children.filter((child) => child.type === 'block')));
    this.held.pop();
  }

  private comprehension(node: SyntaxNode): void {
    const [body, ...clauses] = node.children;
    const bound: string[] = [];
    for (const clause of clauses) {
      const [left, right] = clause.children;
      if (clause.type !== 'for_in_clause' || left === undefined || right === undefined) {
        this.visit(clause, 0);
        continue;
      }
      const awaited = isAsync(this.source, clause);
      this.visit(right, awaited ? CallFlag.asyncIterated : CallFlag.iterated);
      if (!awaited) this.implicitIteration(right);
      for (const name of left.type === 'identifier' ? [left] : left.children) {
        if (name.type === 'identifier') bound.push(this.source.slice(name.start, name.end));
      }
      this.bindItems(left, right, (target, value) => this.scopeBind(target, value));
    }
    if (body !== undefined) this.inside(CallFlag.inLoop, () => this.visit(body, CallFlag.passed));
    this.comprehensionReferences.set(node, body === undefined ? UNKNOWN : referenceOf(body, this));
    for (const name of bound) this.scope.unbind(name);
  }
}
