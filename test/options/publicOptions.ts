/** Every options object of the public API, found in its types. */
import { resolve } from "node:path";
import ts from "typescript";

/** A parameter that takes an options object. */
export interface PublicOptions {
  /** `new Dense`, `Model.fit`, `VGG16`, `VGG16.build`. */
  readonly owner: string;
  /** Names of the options, as the type has them. */
  readonly options: readonly string[];
}

const root = resolve(import.meta.dirname, "../..");

/** Types of parameters that are options objects, by their names. */
const isOptionsName = (name: string | undefined) => /(Options|Parameters)$/.test(name ?? "");

function openProgram(): { checker: ts.TypeChecker; index: ts.SourceFile } {
  const path = resolve(root, "tsconfig.json");
  const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: ["src/index.ts"] }, ts.sys, root);
  const program = ts.createProgram([resolve(root, "src/index.ts"), resolve(root, "src/wgsl.d.ts")], options);
  return { checker: program.getTypeChecker(), index: program.getSourceFile(resolve(root, "src/index.ts"))! };
}

/** The options objects of everything that src/index.ts exports as a value, by their owners. */
export function findPublicOptions(): Map<string, PublicOptions> {
  const { checker, index } = openProgram();
  const found = new Map<string, PublicOptions>();

  const addSignatures = (owner: string, signatures: readonly ts.Signature[]) => {
    for (const parameter of signatures.flatMap((signature) => signature.getParameters())) {
      const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
      const parts = type.isUnionOrIntersection() ? [type, ...type.types] : [type];
      const isOptions = parts.some(
        (t) => isOptionsName(t.aliasSymbol?.name) || isOptionsName(t.symbol?.name),
      );
      const options = isOptions ? optionsOf(type) : [];
      if (options.length === 0) continue;
      const known = found.get(owner)?.options ?? [];
      found.set(owner, { owner, options: [...new Set([...known, ...options])] });
    }
  };

  /** Of a union such as `Tensor | EvaluateOptions`, of the options alone. */
  const optionsOf = (type: ts.Type): string[] => {
    const members = type.isUnion() ? type.types.filter((t) => isOptionsName(t.symbol?.name)) : [type];
    return members.flatMap((t) => checker.getPropertiesOfType(t).map(({ name }) => name));
  };

  const addMethods = (owner: string, type: ts.Type) => {
    for (const property of checker.getPropertiesOfType(type)) {
      const [declaration] = property.getDeclarations() ?? [];
      // Not what JavaScript's own objects have, nor what only subclasses see.
      if (!declaration || declaration.getSourceFile().fileName.includes("node_modules")) continue;
      const flags = ts.getCombinedModifierFlags(declaration);
      if (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) continue;
      if (isInherited(declaration, owner)) continue;
      const types = checker.getTypeOfSymbol(property);
      addSignatures(`${owner}.${property.name}`, types.getCallSignatures());
    }
  };

  for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(index)!)) {
    if (isTypeOnly(symbol)) continue;
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (!(target.flags & ts.SymbolFlags.Value)) continue;
    const type = checker.getTypeOfSymbol(target);
    addSignatures(symbol.name, type.getCallSignatures());
    const constructors = type.getConstructSignatures();
    addSignatures(`new ${symbol.name}`, constructors);
    addMethods(symbol.name, type);
    if (constructors.length > 0) addMethods(symbol.name, constructors[0].getReturnType());
  }
  return found;
}

function isTypeOnly(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).every(
    (d) => ts.isExportSpecifier(d) && (d.isTypeOnly || d.parent.parent.isTypeOnly),
  );
}

/** A method of the class above is counted there. */
function isInherited(declaration: ts.Declaration, owner: string): boolean {
  return ts.isClassDeclaration(declaration.parent) && declaration.parent.name?.text !== owner;
}
