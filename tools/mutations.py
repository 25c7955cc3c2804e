"""The small mistakes that `make mutants` makes in a module: each one change to its syntax tree, told in words."""

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from itertools import takewhile
from typing import Any

from attrs import frozen

Place = tuple[str | int, ...]
_CONTEXT = 30
_COMPARISONS: Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.LShift: ast.RShift,
    ast.BitOr: ast.BitAnd,
}
_OPPOSITES = {"min": "max", "max": "min"}
# Types are mypy's to judge, and a decorator or an import breaks every test or none.
_UNREAD = {"annotation", "returns", "decorator_list", "bases", "ctx"}


@frozen(kw_only=True)
class Mutant:
    """A module with one mistake in it. `where` is the function or class, `change` the code before and after."""

    module: str
    where: str
    change: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return f"{self.module} {self.where}: {self.change}"


def mutants(module: str, source: str, enums: Mapping[str, list[str]]) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines. `enums` names the members of each enumeration."""
    tree = ast.parse(source)
    told: Counter[tuple[str, str]] = Counter()
    for place, where in _places(tree, (), "module"):
        node = _at(tree, place)
        for changed in _variants(node, enums):
            copy = deepcopy(tree)
            _put(copy, place, changed)
            ast.fix_missing_locations(copy)
            change = _told(node, changed)
            told[where, change] += 1
            again = told[where, change]
            yield Mutant(module=module, where=where, change=f"{change} ({again})" if again > 1 else change, tree=copy)


def enumerations(source: str) -> dict[str, list[str]]:
    """The members of each StrEnum that a module defines."""
    return {
        node.name: [
            item.targets[0].id for item in node.body if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name)
        ]
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id == "StrEnum" for base in node.bases)
    }


def _places(node: ast.AST, place: Place, where: str) -> Iterator[tuple[Place, str]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        where = node.name if where == "module" else f"{where}.{node.name}"
    for field, value in ast.iter_fields(node):
        if field in _UNREAD or isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_words(child):
                continue
            here: Place = (*place, field) if index is None else (*place, field, index)
            yield here, where
            yield from _places(child, here, where)


def _at(tree: ast.AST, place: Place) -> Any:
    found: Any = tree
    for step in place:
        found = found[step] if isinstance(step, int) else getattr(found, step)
    return found


def _put(tree: ast.AST, place: Place, changed: ast.AST) -> None:
    owner, step = _at(tree, place[:-1]), place[-1]
    if isinstance(step, int):
        owner[step] = changed
    else:
        setattr(owner, step, changed)


def _variants(node: ast.AST, enums: Mapping[str, list[str]]) -> Iterator[ast.AST]:
    for kind, make in _MAKERS.items():
        if isinstance(node, kind):
            yield from make(node)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in enums.get(node.value.id, ()):
        members = enums[node.value.id]
        other = members[(members.index(node.attr) + 1) % len(members)]
        yield ast.Attribute(value=node.value, attr=other, ctx=ast.Load())


def _compare(node: ast.Compare) -> Iterator[ast.AST]:
    for index, op in enumerate(node.ops):
        for other in _COMPARISONS[type(op)]:
            yield ast.Compare(
                left=node.left, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]], comparators=node.comparators
            )


def _boolean(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(op=ast.Or() if isinstance(node.op, ast.And) else ast.And(), values=node.values)
    for index in range(len(node.values)):
        left = [*node.values[:index], *node.values[index + 1 :]]
        yield left[0] if len(left) == 1 else ast.BoolOp(op=node.op, values=left)


def _arithmetic(node: ast.BinOp) -> Iterator[ast.AST]:
    if type(node.op) in _ARITHMETIC:
        yield ast.BinOp(left=node.left, op=_ARITHMETIC[type(node.op)](), right=node.right)


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    match node.value:
        case bool(value):
            yield ast.Constant(value=not value)
        case int(value):
            yield ast.Constant(value=value + 1)
        case float(value):
            yield ast.Constant(value=value * 2 or 1.0)
        case str(value):
            yield ast.Constant(value=f"{value}XX")
        case _:
            pass


def _call(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in _OPPOSITES:
        yield ast.Call(func=ast.Name(id=_OPPOSITES[node.func.id], ctx=ast.Load()), args=node.args, keywords=node.keywords)
    for index in range(len(node.keywords)):
        yield ast.Call(func=node.func, args=node.args, keywords=[*node.keywords[:index], *node.keywords[index + 1 :]])


def _choice(node: ast.If | ast.IfExp) -> Iterator[ast.AST]:
    # What only a type checker imports is mypy's to judge, too.
    for answer in (True, False) if ast.unparse(node.test) != "TYPE_CHECKING" else ():
        changed = deepcopy(node)
        changed.test = ast.Constant(value=answer)
        yield changed


def _case(node: ast.match_case) -> Iterator[ast.AST]:
    if not _is_never(node.body):
        yield ast.match_case(pattern=node.pattern, guard=ast.Constant(value=False), body=node.body)
    if node.guard is not None:
        yield ast.match_case(pattern=node.pattern, guard=None, body=node.body)


def _one_less(node: ast.Tuple | ast.List | ast.Set) -> Iterator[ast.AST]:
    if len(node.elts) > 1 and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        for index in range(len(node.elts)):
            changed = deepcopy(node)
            changed.elts.pop(index)
            yield changed


def _fewer_entries(node: ast.Dict) -> Iterator[ast.AST]:
    for index in range(len(node.keys)):
        keys, values = list(node.keys), list(node.values)
        del keys[index], values[index]
        yield ast.Dict(keys=keys, values=values)


def _pattern(node: ast.MatchOr) -> Iterator[ast.AST]:
    for index in range(len(node.patterns)):
        left = [*node.patterns[:index], *node.patterns[index + 1 :]]
        yield left[0] if len(left) == 1 else ast.MatchOr(patterns=left)


def _negation(node: ast.UnaryOp) -> Iterator[ast.AST]:
    yield node.operand


def _return(node: ast.Return) -> Iterator[ast.AST]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield ast.Return(value=ast.Constant(value=None))


def _statement(node: ast.stmt) -> Iterator[ast.AST]:
    if not _is_never([node]):
        yield ast.Pass()


_MAKERS: Mapping[type[ast.AST], Callable[..., Iterator[ast.AST]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.BinOp: _arithmetic,
    ast.Constant: _constant,
    ast.Call: _call,
    ast.If: _choice,
    ast.IfExp: _choice,
    ast.match_case: _case,
    ast.MatchOr: _pattern,
    ast.Tuple: _one_less,
    ast.List: _one_less,
    ast.Set: _one_less,
    ast.Dict: _fewer_entries,
    ast.UnaryOp: _negation,
    ast.Return: _return,
    ast.Expr: _statement,
    ast.Raise: _statement,
    ast.Continue: _statement,
    ast.Assign: _statement,
}


def _is_words(node: ast.AST) -> bool:
    """Whether it is a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_never(body: list[ast.stmt]) -> bool:
    """Whether it only tells the type checker that nothing gets there."""
    return ast.unparse(body[0]).startswith("assert_never(") if body else False


def _told(before: ast.AST, after: ast.AST) -> str:
    """The change in one line, without the sames at both ends of a long one."""
    old, new = (" ".join(ast.unparse(node).split()) for node in (before, after))
    start = _same(old, new)
    end = _same(old[start:][::-1], new[start:][::-1])
    begin = max(0, start - _CONTEXT)
    tail = max(0, end - _CONTEXT)
    shown = [text[begin : len(text) - tail] for text in (old, new)]
    return f"{shown[0]} → {shown[1]}"


def _same(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
