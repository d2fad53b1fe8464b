//! Queries hidden in values, paths that leave, and credentials.

use contracts::kinds::policy::RiskClass;
use contracts::kinds::policy::Severity::{self, Critical, High, Medium};

use super::{Shape, Signal};

type Text = &'static str;

const fn sql(name: Text, severity: Severity, shape: Shape, pattern: Text) -> Signal {
    Signal::new(RiskClass::SqlInjection, name, severity, shape, pattern)
}

const fn nosql(name: Text, severity: Severity, shape: Shape, pattern: Text) -> Signal {
    Signal::new(RiskClass::NosqlInjection, name, severity, shape, pattern)
}

const fn path(name: Text, severity: Severity, shape: Shape, pattern: Text) -> Signal {
    Signal::new(RiskClass::PathTraversal, name, severity, shape, pattern)
}

const fn secret(name: Text, severity: Severity, pattern: Text) -> Signal {
    Signal::new(RiskClass::Secret, name, severity, Shape::Credential, pattern)
}

/// Queries of SQL.
pub const SQL: &[Signal] = &[
    sql(
        "tautology",
        High,
        Shape::Unstated,
        r#"['"`]\s*\)*\s*(\|\||&&|\b(or|and|xor|having|where)\b)\s*(not\s+)?\(*\s*(['"`]\w{0,20}['"`]?|\d{1,12})\s*(=|<>|!=|<|>|\blike\b|\bbetween\b|\bin\b|\bis\b|\bregexp\b|\brlike\b)\s*\(?['"`]?\w{0,20}"#,
    ),
    sql(
        "tautology_of_names",
        High,
        Shape::UnstatedValue,
        r#"['"`]\s*\)*\s*(\|\||&&|\b(or|and|xor|having|where)\b)\s*(not\s+)?\(*\s*['"`]?\w{0,20}['"`]?\s*(=|<>|!=|<|>|\blike\b|\bbetween\b|\bin\b|\bis\b|\bregexp\b|\brlike\b)\s*\(?['"`]?\w{0,20}"#,
    ),
    sql(
        "tautology_of_numbers",
        High,
        Shape::Value,
        r#"^\W{0,3}[\w.@-]{0,30}\W{0,3}(\s|/\*.{0,20}\*/|\+)*(or|and|\|\||&&|having)(\s|/\*.{0,20}\*/|\+)+\(?(\d+|true|'\w*'|"\w*")\)?\s*((=|<|>|like)\s*(\d+|true|'\w*'|"\w*")|--|#|$)"#,
    ),
    sql(
        "tautology_commented",
        High,
        Shape::Unstated,
        r#"\b(or|and)\s+\(?['"]?(\w{1,12})['"]?\s*=\s*['"]?\w{1,12}['"]?\s*\)?\s*(--|#|/\*|;\s*--)"#,
    ),
    sql(
        "union_select",
        High,
        Shape::Unstated,
        r#"(^|['"`)\d\s;])\s*\)*\s*union(\s|/\*.{0,40}?\*/|\+|\()+(all|distinct)?(\s|/\*.{0,40}?\*/|\+|\()*select\b(\s|/\*|\+|\(|@|\*|'|\d)"#,
    ),
    sql(
        "stacked_statement",
        Critical,
        Shape::Unstated,
        r#"(['"`)\d]|\w\s?)\s*\)*\s*;\s*(drop\s+(table|database|user|view|schema)|delete\s+from\s|insert\s+into\s|update\s+\w+\s+set\s|alter\s+(table|user|login)|create\s+(table|user|login|function|database)|truncate\s+(table\s)?|exec(ute)?[\s(]+\W{0,2}(xp_|sp_|master|immediate|\w*\.?dbo)|shutdown\b|declare\s+@|waitfor\s+delay|select\s+(pg_sleep|sleep|load_file|version|@@|\*\s+from|\w+\s+from\s)|copy\s+\w+\s+(from|to)\s+program|grant\s+all|attach\s+database|call\s+\w+\(|merge\s+into)"#,
    ),
    sql(
        "commented_end",
        High,
        Shape::Value,
        r#"^[^\n]{0,60}\w?['"`]\s*\)*\s*;?\s*(--[\s+-]*|#|/\*[^\n]{0,10})$"#,
    ),
    sql(
        "slow_answer",
        High,
        Shape::Unstated,
        r#"(['"`)\d;|]|\b(and|or|union|select|if|case|when|order|by|then|else|rlike|limit)\b)\W{0,6}(sleep\s*\(\s*\d|benchmark\s*\(\s*\d|pg_sleep\s*\(|waitfor\s+delay|dbms_pipe\.receive_message|dbms_lock\.sleep|randomblob\s*\(\s*\d{6}|generate_series\s*\(\s*1\s*,\s*\d{6})"#,
    ),
    sql(
        "told_by_errors",
        High,
        Shape::Unstated,
        r#"(extractvalue|updatexml)\s*\(\s*[^)]{0,80}(concat|0x|select)|\bconvert\s*\(\s*int\s*,\s*(\(?select|@@)|\bcast\s*\(\s*\(?\s*select\b|floor\s*\(\s*rand\s*\(\s*0|utl_(http|inaddr)\.|ctxsys\.|dbms_xmlgen|xmltype\s*\(|exp\s*\(\s*~\s*\(\s*select|gtid_subset\s*\("#,
    ),
    sql(
        "looks_into_schema",
        High,
        Shape::Unstated,
        r#"(['"`)]|\b(and|or|union|where|exists)\b)[^\n]{0,120}\b(information_schema\.|sysobjects|syscolumns|pg_catalog\.|pg_shadow|sqlite_master|all_tables|user_tables|mysql\.user|sys\.(databases|tables)|master\.\.)"#,
    ),
    sql(
        "files_and_shells",
        Critical,
        Shape::Unstated,
        r#"\binto\s+(out|dump)file\s+['"]|load_file\s*\(\s*(['"]|0x|char)|\bxp_(cmdshell|dirtree|regread)\b|sp_oacreate|sys_eval\s*\(|lo_import\s*\(|openrowset\s*\("#,
    ),
    sql(
        "made_of_codes",
        High,
        Shape::Unstated,
        r#"\b(concat|concat_ws|char|chr|unhex)\s*\(\s*(0x[0-9a-f]{2,}|\d{2,3}\s*[,)])[^\n]{0,80}(select|from|union|\|\||,\s*\()|=\s*(char|chr)\s*\(\s*\d+\s*\)|/\*!\d{0,5}\s*(union|select|or|and)"#,
    ),
    sql(
        "counts_columns",
        High,
        Shape::Value,
        r#"(['"`)\d]\s*\)*\s*(order|group)\s+by\s+\d+\s*(,\d+\s*)*(--|#|$|;|/\*)|\bhaving\s+\d+\s*=\s*\d+|procedure\s+analyse\s*\(|\blimit\s+\d+\s*,\s*\d+\s+(into|union|procedure))"#,
    ),
    sql(
        "asks_within",
        High,
        Shape::Unstated,
        r#"(['"`)\d]\s*\)*\s*(and|or|\|\||\+|=|,|-|%)\s*\(?\s*(not\s+)?(exists\s*)?\(\s*select\b|\b(and|or)\s+(not\s+)?(ascii|substring|substr|mid|length|ord|char_length|unicode|bitand|if|iif|case\s+when|exists|nullif|elt|make_set|json_\w+|left|strcmp|version|user|database|current_user)\s*\(?[^\n]{0,100}(select|[<>=]))"#,
    ),
];

/// Operators of document databases.
pub const NOSQL: &[Signal] = &[
    nosql(
        "operator_for_value",
        High,
        Shape::Unqueried,
        r#"[{,(:]\s*["']?\$(ne|gt|gte|lt|lte|regex|exists|nin|not|in|eq|type|mod|size|elemMatch|all)["']?\s*:\s*(null|undefined|["']{2}|["'][.^]|/|-?\d|true|false|\{|\[|["']\w{0,12}["']\s*\})"#,
    ),
    nosql(
        "operator_in_parameter",
        High,
        Shape::Unqueried,
        r"\w\]?\[\$(ne|gt|gte|lt|lte|regex|nin|exists|in|where|or|not|eq|type|options)\](\[\])?\s*=",
    ),
    nosql(
        "where_function",
        Critical,
        Shape::Unqueried,
        r#"["']?\$(where|function|accumulator|expr)["']?\]?\s*[:=]\s*["'{\[]?[^\n]{0,120}(this\b|sleep\s*\(|function|return\b|1\s*={2,3}\s*1|while\s*\(|true|\$\w+|tojson|new date)"#,
    ),
    nosql(
        "script_tautology",
        High,
        Shape::Value,
        r#"['"]\s*\)?\s*(\|\||&&|;)\s*\(?\s*(['"]?\w{0,12}['"]?\s*={2,3}\s*['"]?\w{0,12}|this\.\w+|true\b|1\b|return\s+(true|1|!|\w)|var\s+\w+\s*=|while\s*\(|sleep\s*\(|\$|db\.|tojson|for\s*\()"#,
    ),
    nosql(
        "operator_key",
        High,
        Shape::Unqueried,
        r#"["']\$(where|or|and|nor|regex|ne|gt|func|comment|jsonSchema)["']\s*:\s*(\[\s*\{|["'][^"']{0,60}(this|sleep|function|return|var_dump|\.\*|\^)|null|\{\s*\}|["']{2})"#,
    ),
    nosql(
        "stored_command",
        High,
        Shape::Any,
        r#"(\r|\n|%0d|%0a)+\s*\*?\d*\s*(flushall|flushdb|config\s+set|slaveof|replicaof|eval\s+['"]|module\s+load|script\s+load|debug\s+(sleep|segfault))\b|;\s*db\.\w+\.(drop|remove|insert|find)\w*\s*\(|;\s*db\.dropDatabase|redis\.call\s*\(\s*['"](flush|config)"#,
    ),
    nosql(
        "all_documents",
        High,
        Shape::Unqueried,
        r#"["']selector["']\s*:\s*\{\s*["']_?\w+["']\s*:\s*\{\s*["']\$(gt|gte|ne|exists|regex)|_all_docs\?|_find\b[^\n]{0,60}\$gt|\*\)\(\w+=|\)\(\|\(\w+=|\*\)\)\(\||\(&\(\w+=\*\)"#,
    ),
    nosql(
        "graph_break",
        High,
        Shape::Value,
        r#"['"]\s*(\}\)|\))?\s*(or|and)?\s*[^\n]{0,30}\b(match\s*\(\w*\)\s*(detach\s+)?(delete|return|set)|detach\s+delete|load\s+csv\s+from|call\s+(db|dbms|apoc)\.|return\s+\w+\s+union)"#,
    ),
];

/// Paths that leave.
pub const PATHS: &[Signal] = &[
    path(
        "leaves_for_something",
        High,
        Shape::Any,
        r"(\.\.+[/\\;]+){1,}[^\s'\x22]{0,200}(etc[/\\]+(passwd|shadow|hosts|group|issue|ssh|nginx|apache|my\.cnf|crontab|sudoers|fstab|kubernetes)|win(dows|nt)?[/\\]+(system|win\.ini|repair)|boot\.ini|win\.ini|proc[/\\]+(self|\d+|version|cmdline)|\.ssh\b|\.aws\b|\.env\b|id_rsa|web\.config|system32|var[/\\]+(log|lib|www|run)|root[/\\]|wp-config|application\.(properties|yml)|\.git[/\\]config|web-inf|\.htpasswd|\.htaccess|\.bash_history|config\.php|secrets?\b|credentials|shadow|passwd|database\.(yml|sqlite)|settings\.py|appsettings|docker\.sock|serviceaccount)",
    ),
    path(
        "leaves_far",
        Medium,
        Shape::Value,
        r"^\W{0,2}[\w.:/?=&%-]{0,80}?(\.\.[/\\]){4,}[^\s]{0,200}$",
    ),
    path(
        "leaves_in_disguise",
        High,
        Shape::Any,
        r"\.\.(%00|\x00)|\.\.\.\.//|\.\.\.\.\\\\|\.\.;/|\.\./\x00|\.\.//\.\.//|\.\.[/\\]\./\.\.|\.\.\\/\.\.|\.{2}0x2f|\.\.%(25){0,3}(2f|5c|c0%af|c1%9c|c0%2f)|%(25){0,3}2e%(25){0,3}2e|%c0%ae|%u002e|%uff0e|\.%(25){0,3}2e[/\\%]|%(25){0,3}2e\.[/\\%]|%e0%80%ae|%f0%80%80%ae",
    ),
    path(
        "leaves_decoded",
        Medium,
        Shape::Value,
        r"^\W{0,2}[\w.:/?=&-]{0,80}?[/\\=]?(\.\.[/\\]){2,}[^\s]{0,200}$",
    ),
    path(
        "someone_elses_file",
        High,
        Shape::Value,
        r"^\s*['\x22]?(file:/{2,3}(localhost)?/?)?(/+etc/+(passwd|shadow|hosts|sudoers|group|crontab|ssh/)|/+proc/+(self|1|version|cmdline|net)|/+root/|/+var/+(log|run/docker|run/secrets)|[a-z]:[/\\]+(windows|winnt|boot\.ini|inetpub|users[/\\]+administrator)|/+home/\w+/\.(ssh|aws|bash)|~/?\.(ssh|aws|gnupg|netrc|kube)|/+\.(env|git)|\\\\[?.]\\|\\\\\w[\w.-]{0,60}\\(c\$|admin\$|share|ipc\$))",
    ),
    path(
        "file_in_parameter",
        High,
        Shape::Value,
        r"[?&](file|page|path|template|include|doc|document|folder|root|pg|style|pdf|img|filename|download|load|read|dir|view|content|lang|layout|module|conf)=(/etc/|/proc/|/var/|[a-z]:[/\\]|\.\.[/\\]|file:|php:|/windows|%2fetc)",
    ),
    path(
        "stream_wrapper",
        High,
        Shape::Any,
        r"\b(php://(filter|input|fd|memory)|expect://|phar://|zip://[^\s#]{1,80}%?23|data://text/plain|glob://|compress\.zlib://|ogg://|ssh2\.\w+://)",
    ),
    path(
        "cut_name",
        High,
        Shape::Value,
        r"(\x00|%00|%2500|\\0)\.?(png|jpe?g|gif|pdf|txt|html?|php|css|docx?)\b|\.php(%00|\x00|\.jpg%00)",
    ),
    path(
        "link_in_archive",
        High,
        Shape::Value,
        r"\b(symlink|linkname|ln\s+-s)\b[^\n]{0,40}(/etc/|/root|\.\./\.\./|/proc/)|zip-?slip|entry(name)?\s*[:=]\s*['\x22]?(\.\.[/\\])+",
    ),
];

/// Credentials.
pub const SECRETS: &[Signal] = &[
    secret("aws_key", Critical, r"\b(AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\b"),
    secret(
        "aws_secret",
        Critical,
        r#"(aws_?secret_?access_?key|secretaccesskey|aws_?secret)["'\s]{0,3}[:=>]{1,2}\s*["']?[A-Za-z0-9/+=]{40}\b"#,
    ),
    secret(
        "github_token",
        Critical,
        r"\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,})",
    ),
    secret("gitlab_token", Critical, r"\bgl(pat|dt|rt|ptt|cbt)-[A-Za-z0-9_-]{18,}"),
    secret(
        "slack_token",
        Critical,
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,}",
    ),
    secret(
        "payment_key",
        Critical,
        r"\b[sr]k_live_[A-Za-z0-9]{12,}|\bsq0(atp|csp)-[A-Za-z0-9_-]{20,}",
    ),
    secret(
        "model_key",
        Critical,
        r"\bsk-(proj-|ant-|or-v1-|svcacct-)?[A-Za-z0-9_-]{20,}|\bhf_[A-Za-z0-9]{30,}|\bgsk_[A-Za-z0-9]{30,}|\br8_[A-Za-z0-9]{30,}",
    ),
    secret(
        "google_key",
        Critical,
        r"\bAIza[0-9A-Za-z_-]{33,}|\bya29\.[0-9A-Za-z_-]{20,}|\bGOCSPX-[0-9A-Za-z_-]{20,}",
    ),
    secret(
        "private_key",
        Critical,
        r"-----BEGIN ((RSA|EC|DSA|OPENSSH|ENCRYPTED|PGP) )?PRIVATE KEY( BLOCK)?-----\s*[A-Za-z0-9+/=\s:,-]{60,}|PuTTY-User-Key-File-\d|AGE-SECRET-KEY-1[A-Z0-9]{40,}",
    ),
    secret(
        "service_token",
        High,
        r"\b(npm_[A-Za-z0-9]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_[a-f0-9]{40,}|pypi-[A-Za-z0-9_-]{40,}|shpat_[a-fA-F0-9]{32}|key-[0-9a-f]{32}|EAACEdEose0cBA[0-9A-Za-z]+|AC[a-f0-9]{32}\b|SK[a-f0-9]{32}\b|dckr_pat_[\w-]{20,}|hvs\.[\w-]{20,}|lin_api_[A-Za-z0-9]{30,}|figd_[\w-]{30,}|ntn_[A-Za-z0-9]{30,}|secret_[A-Za-z0-9]{40,}|ATATT3[\w-]{40,}|glc_[\w=]{40,}|pul-[a-f0-9]{40}|rubygems_[a-f0-9]{40,}|sntrys_[\w=]{40,}|tskey-\w+-[\w-]{20,}|xkeysib-[a-f0-9]{40,}|ck_[A-Za-z0-9_-]{32,})",
    ),
    secret(
        "signed_token",
        High,
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}",
    ),
    secret(
        "cloud_account",
        Critical,
        r"AccountKey=[A-Za-z0-9+/=]{40,}|SharedAccessKey=[A-Za-z0-9+/=]{30,}|[?&]sig=[A-Za-z0-9%/+]{40,}|\b[a-zA-Z0-9~_.-]{3}8Q~[a-zA-Z0-9~_.-]{30,}",
    ),
    secret(
        "address_with_password",
        High,
        r"\b(postgres(ql)?|mysql|mariadb|mongodb(\+srv)?|rediss?|amqps?|ftp|sftp|smtps?|imaps?|ldaps?|https?|mssql|clickhouse|nats|kafka)://[\w.%+-]{0,60}:[^\s:/@'\x22]{3,100}@[\w.-]+",
    ),
    secret(
        "named_secret",
        High,
        r#"\b[\w.-]{0,40}(passw(or)?d|passwd|pwd|passphrase|secret(_?key)?|(db|smtp|mail|user|admin|root|ftp|redis|mysql|pg)_?pass|api_?key|apikey|access_?key|auth_?token|access_?token|refresh_?token|client_?secret|private_?key|signing_?key|encryption_?key|master_?key|bearer_?token|session_?key|db_?pass|kennwort|passwort)["']?\s{0,3}(:=|=>|[:=]|\bis\b|lautet)\s{0,3}["'`]?[^\s"'`,;<>(){}\[\]]{8,200}"#,
    ),
    secret(
        "header_secret",
        High,
        r#"\b(authorization|x-api-key|x-auth-token|proxy-authorization|cookie)\s*[:=]\s*["']?((bearer|basic|token|apikey|key)\s+)?[A-Za-z0-9+/=_.~-]{20,}"#,
    ),
];
