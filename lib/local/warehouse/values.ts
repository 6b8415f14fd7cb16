import pg from 'pg';

const { builtins, getTypeParser } = pg.types;

/** How values come out of both engines, by the type's object id: see `Row`. Types not named are the drivers' own. */
export const PARSERS: Record<number, (text: string) => unknown> = {
  [builtins.INT8]: safeInteger,
  [builtins.DATE]: asText,
  [builtins.TIMESTAMP]: asText,
  [builtins.NUMERIC]: asText,
  [builtins.TIMESTAMPTZ]: getTypeParser(builtins.TIMESTAMPTZ) as (text: string) => unknown,
  [builtins.BYTEA]: getTypeParser(builtins.BYTEA) as (text: string) => unknown,
};

function safeInteger(text: string): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

function asText(text: string): string {
  return text;
}
