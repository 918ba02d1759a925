// Reads {"tables": {NAME: {COLUMN: TYPE}}, "queries": [TEXT]} and writes for each query what the query language's own
// analyzer says of it, and the columns of its result.
require("@kusto/language-service-next/bridge.min.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");

const { GlobalState, KustoCode, Symbols } = Kusto.Language;

// The library's lists are .NET ones: Count and getItem.
const all = (list) => Array.from({ length: list.Count }, (_, index) => list.getItem(index));

function table(name, columns) {
  const schema = Object.entries(columns).map(([column, type]) => `${column}: ${type}`);
  return new Symbols.TableSymbol.$ctor7(name, `(${schema.join(", ")})`, null);
}

function analyze(query, globals) {
  const code = KustoCode.ParseAndAnalyze(query, globals);
  const diagnostics = all(code.GetDiagnostics()).map((found) => {
    const line = query.slice(0, found.Start).split("\n").length;
    return `line ${line}: ${found.Severity} ${found.Code}: ${found.Message}`;
  });
  const columns = code.ResultType && code.ResultType.Columns ? all(code.ResultType.Columns) : [];
  return { diagnostics, columns: Object.fromEntries(columns.map((one) => [one.Name, one.Type.Name])) };
}

const { tables, queries } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const symbols = Object.entries(tables).map(([name, columns]) => table(name, columns));
const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor("workspace", symbols));
process.stdout.write(JSON.stringify(queries.map((query) => analyze(query, globals))));
