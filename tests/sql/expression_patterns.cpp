#include "tests/sql/expression_patterns.hpp"

namespace halfwrite::sql::test {

const Leaves kLeaves[static_cast<std::size_t>(Meant::any)] = {
    {"b|b|b|i > 0|id = 1", "id < 4|i IS NULL|t > 'a'|b IS TRUE|s = 1"},
    {"s", "1::smallint|0::smallint|(-3)::smallint|32767::smallint"},
    {"i|id", "1|0|-1|2|7|-13|100|2147483647|-2147483648|'5'::int"},
    {"l", "1::bigint|0::bigint|-5::bigint|5000000000|9223372036854775807"},
    {"n|m", "1.0|0.0|-2.50|0.001|99.995|10.|1234567.891|'1.50'::numeric(6,3)|3e2"},
    {"t|v", "''|'a'|'Abc'|'x y '|'äöü'|'%'|'a_b'|'12'|' 7 '|'it''s'|'abc'::varchar(2)"},
    {"c", "'a'::char(3)|'ab  '::char(4)|''::char(2)|'abcdef'::char(3)"},
    {"z",
     "'2026-01-31 10:00:00+00'::timestamptz|'2024-02-29T23:59:59.999999Z'::timestamptz|"
     "'1969-12-31 23:00:00+02'::timestamptz"},
    {"p",
     "'2026-03-01 00:00'::timestamp|timestamp '2023-12-31 12:34:56.5'|"
     "'1999-01-01 01:02:03.000004'::timestamp"},
    {"d", "'2026-01-31'::date|'2024-02-29'::date|'1969-12-31'::date"},
    {"iv",
     "interval '1 day'|interval '90 minutes'|interval '-1 month 3 days'|interval '1.5 seconds'|"
     "'1 year 2 months 3 days 04:05:06.007'::interval|interval '0'"},
    {"j",
     "'{\"a\": 1, \"b\": [1, 2, {\"c\": \"x\"}]}'::jsonb|'[1, \"a\", null, true, 2.50]'::jsonb|"
     "'\"text\"'::jsonb|'null'::jsonb|'{}'::jsonb|'{\"a\": {\"b\": null, \"c\": "
     "\"12\"}}'::jsonb|'7'::jsonb"}};

namespace {

using enum Meant;

const ExpressionPattern kPatterns[] = {
    // Every kind.
    {any, "(CASE WHEN ${boolean} THEN ${self} ELSE ${self} END)"},
    {any, "(CASE WHEN ${boolean} THEN ${self} END)"},
    {any, "(CASE ${same} WHEN ${same} THEN ${self} WHEN ${same} THEN ${self} END)"},
    {any, "coalesce(${self}, ${self})"},
    {any, "coalesce(NULL, ${self}, ${self})"},
    {any, "nullif(${self}, ${self})"},
    {any, "(SELECT ${self})"},
    {any, "(SELECT ${self} FROM samples AS other WHERE other.id = $(1|2|3|4|99))"},
    // Booleans.
    {boolean, "(${same} $(=|<>|<|<=|>|>=) ${same})"},
    {boolean, "(${same} $(=|<>|!=) ${same})"},
    {boolean, "(${number} $(=|<>|<|<=|>|>=) ${number})"},
    {boolean, "(${number} $(=|<>|<|<=|>|>=) ${number})"},
    {boolean, "(${text} $(=|<>|<|<=|>|>=) ${text})"},
    {boolean, "(${text} $(=|<>|<|>) ${character})"},
    {boolean, "(${character} $(=|<>|<|>) $(c|v|'a'|'ab'|'ab  '|t))"},
    {boolean, "(${moment} $(=|<>|<|<=|>|>=) ${plain_moment})"},
    {boolean, "(${day} $(=|<>|<|<=|>|>=) ${moment})"},
    {boolean, "(${day} $(=|<>|<|<=|>|>=) ${plain_moment})"},
    {boolean, "(${same} IS $(|NOT )DISTINCT FROM ${same})"},
    {boolean, "(${same} IS $(|NOT )NULL)"},
    {boolean, "(${boolean} IS $(TRUE|NOT TRUE|FALSE|NOT FALSE|UNKNOWN|NOT UNKNOWN))"},
    {boolean, "(NOT ${boolean})"},
    {boolean, "(${boolean} AND ${boolean})"},
    {boolean, "(${boolean} OR ${boolean})"},
    {boolean, "(${boolean} AND ${boolean} OR NOT ${boolean})"},
    {boolean, "(${same} $(IN|NOT IN) (${same}, ${same}, ${same}))"},
    {boolean, "(${number} $(IN|NOT IN) (${number}, ${number}))"},
    {boolean, "(${integer} $(IN|NOT IN) (1, 2, NULL))"},
    {boolean, "(${text} $(IN|NOT IN) ('a', 'Abc', ${text}))"},
    {boolean, "(${same} $(BETWEEN|NOT BETWEEN|BETWEEN SYMMETRIC) ${same} AND ${same})"},
    {boolean, "(${number} $(BETWEEN|NOT BETWEEN|BETWEEN SYMMETRIC) ${number} AND ${number})"},
    {boolean,
     "(${text} $(LIKE|NOT LIKE|ILIKE|NOT ILIKE) "
     "$('a%'|'%b%'|'_'|'__%'|'A%c'|'%'|''|'a\\%'|'%\\_%'|'x\\'|'%ö_'))"},
    {boolean, "(${text} LIKE ${text})"},
    {boolean, "(${text} LIKE $('a#%%'|'#_%'|'%##') ESCAPE '#')"},
    {boolean, "starts_with(${text}, ${text})"},
    {boolean, "${integer}::boolean"},
    {boolean, "${text}::boolean"},
    {boolean, "EXISTS (SELECT 1 FROM samples AS other WHERE ${boolean})"},
    {boolean, "(${integer} $(IN|NOT IN) (SELECT other.i FROM samples AS other WHERE ${boolean}))"},
    {boolean, "(${number} $(IN|NOT IN) (SELECT other.n FROM samples AS other))"},
    {boolean, "(${text} IN (SELECT other.t FROM samples AS other))"},
    {boolean, "(${integer} = ANY (ARRAY[${integer}, ${integer}]))"},
    {boolean, "(${text} <> ALL (ARRAY[${text}, ${text}]))"},
    {boolean, "((${integer}, ${text}) $(=|<>|<|<=|>|>=) (${integer}, ${text}))"},
    {boolean, "((${number}, ${day}, ${boolean}) $(=|<>|<|>=) (${number}, ${day}, ${boolean}))"},
    {boolean, "(${json} @> ${json})"},
    {boolean, "(${json} <@ ${json})"},
    {boolean, "(${json} ? $('a'|'b'|'text'|'1'))"},
    {boolean, "(j -> 'a' = ${json})"},
    {boolean, "(${json} ?| $('{a,b}'|'{}'|'{NULL,a}'|ARRAY['z','text']|'{\"a\"}'::text[]))"},
    {boolean, "(${json} ?& $('{a,b}'|'{}'|'{NULL,a}'|ARRAY['text']))"},
    {boolean, "(${json} ?| ARRAY[${text}, ${text}])"},
    {boolean, "(${json}['a'] IS NULL)"},
    {boolean, "(${integer} = ANY ($('{1,2,NULL}'|'{}'|'{7}')))"},
    {boolean, "(${span} $(=|<>|<|<=|>|>=) ${span})"},
    // Whole numbers.
    {smallint, "(${smallint} $(+|-|*|/|%) ${smallint})"},
    {smallint, "(${smallint} $(/|%) $(2|-3|7)::smallint)"},
    {smallint, "${integer}::smallint"},
    {smallint, "${numeric}::smallint"},
    {smallint, "(- ${smallint})"},
    {smallint, "abs(${smallint})"},
    {smallint, "$(greatest|least)(${smallint}, ${smallint})"},
    {integer, "(${integer} $(+|-|*|/|%) ${integer})"},
    {integer, "(${integer} $(+|-|*|/|%) ${integer})"},
    {integer, "(${integer} $(/|%) $(2|-3|7|-10))"},
    {integer, "(${smallint} $(+|-|*|/|%) ${integer})"},
    {integer, "(${integer} $(&||) ${integer})"},
    {integer, "(${integer} $(<<|>>) $(0|1|3|31|32|33))"},
    {integer, "(- ${integer})"},
    {integer, "$(abs|abs)(${integer})"},
    {integer, "mod(${integer}, ${integer})"},
    {integer, "$(length|char_length|octet_length|ascii)(${text})"},
    {integer, "length(${character})"},
    {integer, "position(${text} IN ${text})"},
    {integer, "strpos(${text}, ${text})"},
    {integer, "$(greatest|least)(${integer}, ${integer}, ${integer})"},
    {integer, "${bigint}::integer"},
    {integer, "${numeric}::integer"},
    {integer, "${boolean}::integer"},
    {integer, "${text}::integer"},
    {integer, "(${day} - ${day})"},
    {integer, "jsonb_array_length(${json})"},
    {integer, "(${json} ->> $('a'|0|1))::integer"},
    {integer, "(${json} -> 'a')::integer"},
    {integer, "(SELECT max(other.i) FROM samples AS other WHERE ${boolean})"},
    {integer, "(${integer} + '3')"},
    {bigint, "(${bigint} $(+|-|*|/|%) ${bigint})"},
    {bigint, "(${bigint} $(/|%) $(2|-3|7|-10))"},
    {bigint, "(${integer} $(+|-|*|/|%) ${bigint})"},
    {bigint, "(${bigint} $(+|-|*|/|%) ${smallint})"},
    {bigint, "(${bigint} $(&||) ${bigint})"},
    {bigint, "(${bigint} $(<<|>>) $(0|1|40|63|64|65))"},
    {bigint, "(- ${bigint})"},
    {bigint, "abs(${bigint})"},
    {bigint, "mod(${bigint}, ${bigint})"},
    {bigint, "${number}::bigint"},
    {bigint, "${text}::bigint"},
    {bigint, "(SELECT count(*) FROM samples AS other WHERE ${boolean})"},
    {bigint, "(SELECT sum(other.i) FROM samples AS other)"},
    {bigint, "(SELECT count(*) FROM jsonb_array_elements(${json}) AS e)"},
    {bigint, "(SELECT count(*) FROM jsonb_object_keys(${json}) AS e WHERE e > 'a')"},
    {bigint, "$(greatest|least)(${bigint}, ${integer})"},
    // Numerics.
    {numeric, "(${numeric} $(+|-|*|/|%) ${numeric})"},
    {numeric, "(${numeric} $(+|-|*|/|%) ${integer})"},
    {numeric, "(${bigint} $(+|-|*|/|%) ${numeric})"},
    {numeric, "(- ${numeric})"},
    {numeric, "$(abs|floor|ceil|ceiling|round|trunc|sign)(${numeric})"},
    {numeric, "$(round|trunc)(${numeric}, $(0|1|2|5|-1|-3))"},
    {numeric, "$(mod|div)(${numeric}, ${numeric})"},
    {numeric, "${number}::numeric"},
    {numeric, "${number}::numeric($(5,2|10,0|12,4|3,3))"},
    {numeric, "${text}::numeric"},
    {numeric, "$(greatest|least)(${numeric}, ${number})"},
    {numeric,
     "extract($(epoch|year|quarter|month|day|hour|minute|second|milliseconds|microseconds"
     "|dow|isodow|doy) FROM ${moment})"},
    {numeric, "extract($(epoch|year|month|hour|second|dow) FROM ${plain_moment})"},
    {numeric, "extract($(epoch|year|quarter|month|day|dow|isodow|doy|hour) FROM ${day})"},
    {numeric, "extract($(epoch|year|month|day|hour|minute|second) FROM ${span})"},
    {numeric, "(${json} ->> 'a')::numeric"},
    {numeric, "(SELECT $(avg|sum|min|max)(other.n) FROM samples AS other WHERE ${boolean})"},
    // Texts.
    {text, "(${text} || ${text})"},
    {text, "(${text} || ${same})"},
    {text, "(${number} || ${text})"},
    {text, "$(lower|upper|reverse|md5|btrim|ltrim|rtrim)(${text})"},
    {text, "$(substr|substring)(${text}, $(1|2|0|-1|4))"},
    {text, "$(substr|substring)(${text}, ${integer}, $(0|1|2|5|-1))"},
    {text, "substring(${text} FROM $(1|2|0) FOR $(1|2|9))"},
    {text, "$(left|right)(${text}, $(0|1|2|-1|-2|9))"},
    {text, "replace(${text}, $('a'|'b'|''|'xy'), ${text})"},
    {text, "trim($(both|leading|trailing) $('a'|' '|'xy'|'') FROM ${text})"},
    {text, "$(ltrim|rtrim|btrim)(${text}, $('a'|' '|'cba'|''))"},
    {text, "$(lpad|rpad)(${text}, $(0|1|3|6|-1))"},
    {text, "$(lpad|rpad)(${text}, $(0|1|3|6), ${text})"},
    {text, "repeat(${text}, $(0|1|3|-1))"},
    {text, "split_part(${text}, $(' '|'a'|''|','), $(1|2|-1|9|0))"},
    {text, "to_hex(${integer})"},
    {text, "to_hex(${bigint})"},
    {text, "chr($(65|228|8364))"},
    {text, "chr(s + $(65|228|8364))"},
    {text, "chr(${smallint})"},
    {text, "concat(${same}, ${text}, ${number})"},
    {text, "concat_ws(${text}, ${same}, NULL, ${text})"},
    {text, "${any}::text"},
    {text, "${any}::text"},
    {text, "${any}::varchar"},
    {text, "${text}::varchar($(1|2|5))"},
    {text, "(${json} ->> $('a'|'b'|0|1|-1|5))"},
    {text, "(${json} #>> $('{a,b}'|'{b,2,c}'|'{0}'|'{}'|'{a,c}'))"},
    {text, "jsonb_typeof(${json})"},
    {text, "jsonb_extract_path_text(${json}, $('a'|'b'|'0'))"},
    {text, "(SELECT row_to_json(other)::text FROM (SELECT ${any} AS x, ${text} AS y) AS other)"},
    {text, "(SELECT string_agg(e.key, ',' ORDER BY e.key) FROM jsonb_each(${json}) AS e)"},
    {text, "ARRAY[${same}, ${same}]::text"},
    {text, "$(greatest|least)(${text}, ${text})"},
    {text, "(SELECT $(min|max)(other.t) FROM samples AS other WHERE ${boolean})"},
    {text, "(SELECT string_agg(other.t, $(','|'') ORDER BY other.id) FROM samples AS other)"},
    {character, "${text}::char($(1|3|6))"},
    {character, "${integer}::char($(1|3|12))"},
    {character, "${character}::char($(1|2|5))"},
    // Moments.
    {moment, "(${moment} $(+|-) ${span})"},
    {moment, "(${span} + ${moment})"},
    {moment,
     "date_trunc($('second'|'minute'|'hour'|'day'|'week'|'month'|'quarter'|'year'|'decade'"
     "|'HOUR'), ${moment})"},
    {moment, "${plain_moment}::timestamptz"},
    {moment, "${day}::timestamptz"},
    {moment, "${text}::timestamptz"},
    {moment, "$(greatest|least)(${moment}, ${moment})"},
    {moment, "to_timestamp($(0|1769853600|-5|1.5))"},
    {plain_moment, "(${plain_moment} $(+|-) ${span})"},
    {plain_moment, "(${day} $(+|-) ${span})"},
    {plain_moment, "date_trunc($('second'|'hour'|'day'|'week'|'month'|'year'), ${plain_moment})"},
    {plain_moment, "${moment}::timestamp"},
    {plain_moment, "${day}::timestamp"},
    {plain_moment, "(${moment} AT TIME ZONE 'UTC')"},
    {plain_moment, "$(greatest|least)(${plain_moment}, ${plain_moment})"},
    {day, "(${day} $(+|-) $(0|1|30|-1|s))"},
    {day, "(${integer} + ${day})"},
    {day, "${moment}::date"},
    {day, "${plain_moment}::date"},
    {day, "${text}::date"},
    {day, "$(greatest|least)(${day}, ${day})"},
    {span, "(${span} $(+|-) ${span})"},
    {span, "(${moment} - ${moment})"},
    {span, "(${plain_moment} - ${plain_moment})"},
    {span, "(${moment} - ${day})"},
    {span, "(${span} * $(0|2|-3|1.5|0.1|s))"},
    {span, "($(2|-1|0.5) * ${span})"},
    {span, "(${span} / $(1|2|4|-3|0|0.5))"},
    {span, "(- ${span})"},
    {span, "make_interval(days => ${integer}, secs => $(0|1.5|90|-7))"},
    {span, "make_interval($(1, 2, 3|0, 0, 0, 5|0, 14, 0, -1, 30))"},
    {span, "$(justify_hours|justify_days|justify_interval)(${span})"},
    {span, "${text}::interval"},
    {span, "$(greatest|least)(${span}, ${span})"},
    // Documents.
    {json, "(${json} -> $('a'|'b'|0|1|-1|5))"},
    {json, "(${json} #> $('{a}'|'{a,b}'|'{b,2}'|'{0}'|'{}'))"},
    {json, "(${json} || ${json})"},
    {json, "(${json} || '{\"z\": 1}')"},
    {json, "(${json} - $('a'|'b'|0|-1))"},
    {json, "jsonb_build_object('k', ${same}, 'n', ${number})"},
    {json, "jsonb_build_object(${text}, ${any})"},
    {json, "jsonb_build_array(${same}, ${number}, ${text})"},
    {json, "to_jsonb(${any})"},
    {json, "jsonb_set(${json}, $('{a}'|'{a,b}'|'{0}'|'{-1}'|'{9}'|'{b,1}'), ${json})"},
    {json,
     "jsonb_set(${json}, $('{a}'|'{a,b}'|'{z}'|'{0}'|'{-9}'|ARRAY['b','0']), ${json}, ${boolean})"},
    {json, "jsonb_insert(${json}, $('{z}'|'{b,0}'|'{b,-1}'|'{0}'|'{9}'|'{a,c}'), ${json})"},
    {json, "jsonb_insert(${json}, $('{z}'|'{b,1}'|'{-1}'|'{b,9}'), ${json}, ${boolean})"},
    {json, "(${json} #- $('{a}'|'{a,b}'|'{b,1}'|'{b,2,c}'|'{0}'|'{}'|'{9}'))"},
    {json, "(${json} - $(ARRAY['a','z']|'{a,b}'::text[]|ARRAY[t]))"},
    {json, "(${json} #> ARRAY[$('a'|'b'|'0'), $('b'|'c'|'1')])"},
    {json, "jsonb_strip_nulls(${json})"},
    {json, "jsonb_extract_path(${json}, $('a'|'b'|'0'), $('b'|'1'|'c'))"},
    {json, "${json}[$('a'|'b'|0|'z')]"},
    {json, "(SELECT jsonb_object_agg(other.id, ${any}) FROM samples AS other)"},
    {json, "(SELECT to_jsonb(other) FROM (SELECT ${any} AS x, ${number} AS y) AS other)"},
    {json,
     "(SELECT jsonb_agg(e ORDER BY n) FROM unnest(ARRAY[i, s, 3]) WITH ORDINALITY AS e(e, n))"},
    {json, "${text}::jsonb"},
    {json, "(SELECT jsonb_agg(other.i ORDER BY other.id) FROM samples AS other)"},
};

const StatementPattern kStatements[] = {
    {22, "SELECT ${any} AS r FROM samples WHERE id = $(1|2|3|4|5|6|7|8)"},
    {12, "SELECT ${number} AS r FROM samples WHERE id = $(1|2|3|4|5|6|7|8)"},
    {8, "SELECT ${text} AS r FROM samples WHERE id = $(1|2|3|4|5|6|7|8)"},
    {12, "SELECT id, ${any} AS r FROM samples ORDER BY id"},
    {6, "SELECT id, ${number} AS r FROM samples ORDER BY id"},
    {10, "SELECT id FROM samples WHERE ${boolean} ORDER BY id"},
    {4,
     "SELECT id FROM samples WHERE $(i|l|s|id) $(=|<|<=|>|>=) ${number} AND ${boolean} ORDER BY "
     "id"},
    {3, "SELECT id FROM samples WHERE t = ${text} AND s $(=|<|>) ${number} ORDER BY id"},
    {3, "SELECT id FROM samples WHERE $(i|t|z|n|c) IS NOT DISTINCT FROM ${same} ORDER BY id"},
    {2, "SELECT id FROM samples WHERE n $(=|<|>=) ${number} ORDER BY id"},
    {5, "SELECT id FROM samples ORDER BY ${any} $(|DESC|NULLS FIRST|DESC NULLS LAST), id"},
    // Of values that are equal but look different (1.0 and 1.00) any may be shown: not these kinds.
    {2, "SELECT DISTINCT ${integer} AS r FROM samples ORDER BY 1"},
    {1, "SELECT DISTINCT ${text} AS r FROM samples ORDER BY 1"},
    {1, "SELECT DISTINCT ${moment} AS r, ${boolean} AS q FROM samples ORDER BY 1, 2"},
    {5, "SELECT $(sum|avg|min|max|count)(${number}) AS r FROM samples WHERE ${boolean}"},
    {3, "SELECT $(min|max|count)(${text}) AS r FROM samples"},
    {2, "SELECT $(sum|avg)(${span}) AS r FROM samples WHERE ${boolean}"},
    {2, "SELECT $(min|max|count)(${any}) AS r FROM samples"},
    {2, "SELECT count(DISTINCT ${any}) AS r, count(*) AS n FROM samples"},
    {2, "SELECT sum(${number}) FILTER (WHERE ${boolean}) AS r FROM samples"},
    {2, "SELECT $(bool_and|bool_or)(${boolean}) AS r FROM samples"},
    {2, "SELECT string_agg(${text}, ',' ORDER BY id) AS r FROM samples WHERE ${boolean}"},
    {1, "SELECT $(jsonb_agg|array_agg|json_agg)(${any} ORDER BY id) AS r FROM samples"},
    {2,
     "SELECT ${integer} AS g, count(*) AS n, sum(i) AS total FROM samples GROUP BY 1 ORDER BY 1, "
     "2"},
    {1,
     "SELECT ${text} AS g, count(*) AS n, sum(i) AS total FROM samples GROUP BY 1 ORDER BY 1, 2"},
    {1, "SELECT ${day} AS g, count(*) AS n, sum(i) AS total FROM samples GROUP BY 1 ORDER BY 1, 2"},
    {2,
     "SELECT b, max(${number}) AS r FROM samples GROUP BY b HAVING count(*) > $(0|1|2) ORDER BY 1"},
    {2,
     "SELECT a.id, o.id FROM samples a $(JOIN|LEFT JOIN) samples o ON a.i = o.$(s|id|l|n) ORDER "
     "BY 1, 2"},
    {4,
     "SELECT id, $(sum|avg|count|min|max)(${number}) OVER ($(|PARTITION BY b )ORDER BY id $(|ROWS "
     "UNBOUNDED PRECEDING|ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING|ROWS BETWEEN CURRENT ROW AND "
     "UNBOUNDED FOLLOWING|GROUPS 1 PRECEDING|ROWS 2 PRECEDING EXCLUDE CURRENT ROW)) AS r FROM "
     "samples ORDER BY id"},
    {3,
     "SELECT id, $(row_number|rank|dense_rank)() OVER (PARTITION BY ${boolean} ORDER BY ${number} "
     "$(|DESC|NULLS FIRST), id) AS r FROM samples ORDER BY id"},
    {3,
     "SELECT id, $(lag|lead)(${any}$(|, 2)) OVER w AS r, $(first_value|last_value)(${integer}) "
     "OVER "
     "(w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS q FROM samples WINDOW w AS (PARTITION BY b "
     "ORDER BY id) ORDER BY id"},
    {2,
     "SELECT id, e.value, n FROM samples CROSS JOIN jsonb_array_elements$(|_text)(${json}) WITH "
     "ORDINALITY AS e(value, n) WHERE id = $(1|2|5) ORDER BY n"},
    {2,
     "SELECT id, e.key, e.value FROM samples, jsonb_each$(|_text)(${json}) AS e WHERE id = "
     "$(1|4|8) "
     "ORDER BY e.key"},
    {2, "SELECT id, u FROM samples, unnest(ARRAY[${same}, ${same}]) AS u WHERE id < 3 ORDER BY id"},
    {1, "SELECT g, ${number} AS r FROM samples, generate_series(s, s + 2) AS g WHERE id IN (1, 3)"},
    {3, "SELECT id FROM samples WHERE b ORDER BY $(l|l DESC|id|l, id) LIMIT $(1|2|9)"},
    {3,
     "SELECT id, l FROM samples WHERE $(b|b AND i > 0|l > 1|l < 100) AND ${boolean} ORDER BY l "
     "DESC"},
    {3, "SELECT id FROM samples WHERE lower(t) $(=|<|>=) ${text} ORDER BY lower(t), id"},
    {2,
     "SELECT id FROM samples WHERE (j ->> 'a') $(=|<) ${text} AND id > $(0|3) ORDER BY id LIMIT 3"},
    {2, "SELECT id FROM samples ORDER BY id $(|DESC) LIMIT $(1|3|20) OFFSET $(0|1)"},
    {2, "SELECT max(id) AS r, b FROM samples WHERE id > ${integer} GROUP BY b ORDER BY b, 1"},
    {2,
     "WITH changed AS (UPDATE samples SET i = ${number} WHERE id = $(1|2|3) RETURNING id, i) "
     "SELECT "
     "samples.i AS before, changed.i AS after FROM changed JOIN samples USING (id)"},
    {2,
     "WITH gone AS (DELETE FROM samples WHERE id = $(5|6) RETURNING *), kept AS (INSERT INTO "
     "samples "
     "(id, t, n) SELECT id + 100, ${text}, ${number} FROM gone RETURNING *) SELECT id, t, n FROM "
     "kept ORDER BY id"},
    {2,
     "UPDATE samples SET i = o.s, n = ${number} FROM samples AS o WHERE o.id = samples.id AND o.id "
     "= "
     "$(1|2|3) RETURNING samples.i, samples.n, o.n AS old"},
    {1,
     "DELETE FROM samples USING samples AS o WHERE o.i = samples.s AND o.id > 5 RETURNING "
     "samples.id"},
    {2,
     "INSERT INTO samples (id, i, t) VALUES ($(1|100), ${integer}, ${text}) ON CONFLICT (id) DO "
     "UPDATE SET (i, t) = (SELECT excluded.i, ${text} FROM (SELECT samples.t) AS x) RETURNING i"},
    {2,
     "UPDATE samples SET (i, t) = (SELECT ${integer}, ${text}) WHERE id = $(1|2|3) RETURNING i, t"},
    {2, "UPDATE samples SET i = ${number} WHERE id = $(1|2|3) RETURNING i AS r"},
    {2, "UPDATE samples SET n = ${number} WHERE ${boolean} RETURNING id, n AS r"},
    {2, "UPDATE samples SET t = ${any} WHERE id = $(1|2|3) RETURNING t AS r"},
    {1, "UPDATE samples SET v = ${text} WHERE id = $(1|2|3) RETURNING v AS r"},
    {1, "UPDATE samples SET $(c|d|z|p|j|b|l|s) = ${any} WHERE id = $(1|2|3) RETURNING id"},
    {1, "DELETE FROM samples WHERE ${boolean} AND id > 4 RETURNING ${any} AS r"},
    {2,
     "INSERT INTO samples (id, i, n, t) VALUES (100, ${number}, ${number}, ${text}) RETURNING i, "
     "n, t"},
};

}  // namespace

std::span<const ExpressionPattern> expression_patterns() {
  return kPatterns;
}

std::span<const StatementPattern> statement_patterns() {
  return kStatements;
}

std::vector<std::string> sample_table() {
  return {
      "CREATE TABLE samples (id integer PRIMARY KEY, b boolean, s smallint, i integer, l bigint, "
      "n numeric(10,2), m numeric, t text, v varchar(8), c char(4), z timestamptz, p timestamp, "
      "d date, iv interval, j jsonb)",
      "CREATE INDEX ON samples (i)",
      "CREATE INDEX ON samples (t, s)",
      "CREATE INDEX ON samples (n)",
      "CREATE INDEX ON samples (l) WHERE b",
      "CREATE INDEX ON samples (lower(t))",
      "CREATE INDEX ON samples ((j ->> 'a'), id) WHERE id > 0",
      "INSERT INTO samples VALUES "
      "(1, true, 1, 10, 100, 1.50, 1.5, 'a', 'abc', 'a', '2026-01-31 10:00:00+00', "
      "'2026-01-31 10:00', '2026-01-31', '1 day', '{\"a\": 1, \"b\": [1, 2]}'), "
      "(2, false, -2, -7, -5000000000, -2.25, 0.001, 'Abc', '', 'ab', "
      "'2024-02-29 23:59:59.999999+00', '2024-02-29 12:00:00.5', '2024-02-29', '-90 minutes', "
      "'[1, \"a\", null]'), "
      "(3, NULL, 0, 0, 0, 0, 0, '', 'äöü', '', '1969-12-31 23:59:59+00', '1970-01-01', "
      "'1969-12-31', '0', '{}'), "
      "(4, true, 32767, 2147483647, 9223372036854775807, 99999999.99, 123456789012.3456, "
      "'it''s 100%', 'x_y', 'abcd', '2026-12-31 00:00:00+00', '2026-12-31 23:59:59', "
      "'2026-12-31', '1 year 2 months 3 days 04:05:06.5', '{\"a\": {\"b\": null, \"c\": \"x\"}}'), "
      "(5, false, -32768, -2147483648, -9223372036854775808, -0.01, -5.000, '12', ' 7 ', '12', "
      "NULL, NULL, NULL, NULL, '\"text\"'), "
      "(6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2000-01-01 00:00:00+00', "
      "'2000-01-01', '2000-01-01', '-1 month', NULL), "
      "(7, true, 1, 1, 1, 1, 1.00, 'a', 'A', 'a', '2026-01-31 10:00:00+00', '2026-01-31', "
      "'2026-01-31', '24 hours', '1'), "
      "(8, false, 7, 42, 42, 0.10, 2.50, 'b c', 'ab c', 'b', '2026-03-29 01:30:00+00', "
      "'2026-03-29 01:30', '2026-03-29', '00:00:01.5', '{\"a\": \"12\", \"z\": true}')"};
}

}  // namespace halfwrite::sql::test
