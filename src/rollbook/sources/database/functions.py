"""
The functions that a saved statement may call.

What sqlglot knows by name is computing and nothing else, but for a few; the names below it does not know. Whatever
is in neither list is refused: it may write, read files, reach other hosts, or wait.
"""

from sqlglot import exp

BARRED = frozenset(
    one.key
    for one in (
        *(exp.NextValueFor, exp.ReadCSV, exp.ReadParquet, exp.ToFile, exp.Secret, exp.NetFunc, exp.XMLTable),
        *(exp.AIAgg, exp.AIClassify, exp.AIEmbed, exp.AIForecast, exp.AIGenerate, exp.AISimilarity),
        *(exp.AISummarizeAgg, exp.GenerateEmbedding, exp.GenerateTable, exp.GenerateText, exp.MLForecast),
        *(exp.MLTranslate, exp.Predict, exp.VectorSearch),
    )
)
"""Known by name to sqlglot, and yet they write, or reach files and other hosts."""

HARMLESS = {
    "postgres": """
        age array_lower array_replace array_to_json array_upper btrim cardinality clock_timestamp every isfinite
        json_array_elements json_array_elements_text json_array_length json_build_array json_build_object json_each
        json_each_text json_object_keys json_typeof jsonb_agg jsonb_array_elements jsonb_array_elements_text
        jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path
        jsonb_extract_path_text jsonb_object_keys jsonb_path_exists jsonb_path_query jsonb_strip_nulls jsonb_typeof
        make_date num_nonnulls num_nulls octet_length quote_literal regexp_match regexp_matches regexp_split_to_array
        regexp_split_to_table row row_to_json statement_timestamp string_to_table to_json to_jsonb
        transaction_timestamp unaccent
        """,
    "mysql": """
        addtime adddate bin binary conv crc32 export_set field find_in_set from_days json_array json_arrayagg
        json_contains json_contains_path json_length json_query json_quote json_search json_unquote json_valid make_set
        makedate mid now oct octet_length ord period_add period_diff quote sec_to_time strcmp subdate subtime sysdate
        time_format time_to_sec timediff to_seconds unix_timestamp weekday yearweek bin_to_uuid uuid_to_bin
        """,
    "tsql": """
        choose datalength datetime2fromparts datetimeoffsetfromparts smalldatetimefromparts db_name difference
        getutcdate hashbytes isdate isjson isnumeric json_array nchar parse parsename patindex quotename str
        string_escape string_split switchoffset sysutcdatetime todatetimeoffset try_parse
        """,
    "oracle": """
        bitand hextoraw instrb json_query lengthb lnnvl new_time nls_initcap nls_lower nls_upper nlssort numtodsinterval
        numtoyminterval ora_hash rawtohex remainder rowidtochar substrb sys_connect_by_path sys_extract_utc
        to_binary_double to_clob to_dsinterval to_nchar to_timestamp to_timestamp_tz to_yminterval trunc tz_offset
        unistr vsize xmlagg xmlforest xmlserialize
        """,
    "sqlite": """
        datetime json json_array json_array_length json_each json_quote json_tree json_valid julianday likely
        octet_length printf quote strftime time timediff total unixepoch unlikely
        """,
}
HARMLESS_NAMES = {dialect: frozenset(names.split()) for dialect, names in HARMLESS.items()}

XML_METHODS = {"nodes", "value"}
"""What T-SQL calls on an XML value: `(SELECT … FOR XML PATH(''), TYPE).value('.', 'nvarchar(max)')`."""
