//! Commands for shells, and code that starts processes.

use contracts::kinds::policy::RiskClass;
use contracts::kinds::policy::Severity::{self, Critical, High, Medium};

use super::{Shape, Signal};

type Text = &'static str;

const fn command(name: Text, severity: Severity, shape: Shape, pattern: Text) -> Signal {
    Signal::new(RiskClass::CommandInjection, name, severity, shape, pattern)
}

const fn process(name: Text, severity: Severity, shape: Shape, pattern: Text) -> Signal {
    Signal::new(RiskClass::ProcessExecution, name, severity, shape, pattern)
}

/// Commands for shells.
pub const COMMANDS: &[Signal] = &[
    command(
        "chained_command",
        High,
        Shape::Unscripted,
        r#"(;|\|\|?|&&?|\r|\n|\bor\b|\band\b)\s*['"\\]{0,2}(/(usr/)?s?bin/|/\w+/|\\)?(c['"\\]*a['"\\]*t\s+[/~.$*<]|l['"\\]*s(\s+[-/~.$]|\s*$|\s*[;|&#])|i['"\\]*d\s*($|[;|&#'"])|w['"\\]*h['"\\]*o['"\\]*a['"\\]*m['"\\]*i\b|uname(\s+-|\s*$)|wget\s+\S|curl\s+\S|nc\s+[-\w]|ncat\s|bash\s+-|sh\s+-|rm\s+(-|/|\*)|ping\s+(-|\d|\w)|sleep\s+\d|ifconfig|ip\s+a|netstat|nslookup\s+\S|dig\s+\S|python[23]?\s+-c|perl\s+-e|ruby\s+-e|php\s+-|powershell|cmd(\.exe)?\s*/|net\s+(user|localgroup)|dir(\s+[c-z]:|\s*$|\s*[&|])|type\s+([c-z]:|%|\S+\.(ini|txt|config))|echo\s+\S|touch\s+\S|chmod\s|chown\s|kill\s+-|shutdown|reboot|halt\b|env\s*$|printenv|set\s*$|telnet\s|awk\s|sed\s+-|tftp\s|certutil|mkfifo|crontab|useradd|passwd\b|ps\s+-?[ae]|pwd\s*$|hostname\s*$|systeminfo|tasklist|ver\s*$|tee\s|xxd|base64\s+-|head\s+[-/]|tail\s+[-/]|nohup|eval\s|exec\s|find\s+/|more\s+/|less\s+/|mail\s+\S+@|scp\s|ssh\s|docker\s+run|kubectl\s|calc(\.exe)?\b|start\s+\w|timeout\s+/?t?\s*\d|del\s+/|busybox|socat|dd\s+if=)"#,
    ),
    command(
        "substituted_command",
        High,
        Shape::Unscripted,
        r#"(\$\(|<\(|>\(|`)\s*(/(usr/)?s?bin/)?(cat|ls|id|whoami|uname|wget|curl|nc|bash|sh|rm|ping|sleep|ifconfig|nslookup|dig|python[23]?|perl|ruby|php|env|printenv|hostname|touch|echo|head|tail|base64|ps|pwd|date|expr|find|awk|sed|mkfifo|kill|reboot|getent|host|telnet|cut|printf)\b"#,
    ),
    command(
        "hidden_space",
        High,
        Shape::Any,
        r"\$\{?IFS(%\?\?|\}|\$9|,|%)?|\{(cat|ls|wget|curl|nc|ping|rm|echo|bash|sh),[^}\s]{1,80}\}|\$@|%0a(cat|ls|id|whoami|ping|wget|curl)\b|(cat|ls|nc|sh|bash)<[/~]|\bc\W{1,2}a\W{1,2}t\W{1,3}/etc|/\?\?\?/\?{2,4}\b|/e\?c/p\?s\w*|\$\{path:0:1\}|\$\{(home|path|pwd):[\d~]",
    ),
    command(
        "downloads_and_runs",
        High,
        Shape::Unscripted,
        r"(;|\||&|\$\(|`|\n)\s*(curl|wget|fetch)\b[^\n|;]{0,200}[|;&]+\s*(sudo\s+)?(ba|z|da|k)?sh\b",
    ),
    command(
        "option_for_value",
        High,
        Shape::Any,
        r"(^|\s|['\x22=])--?(o\s?ProxyCommand=|use-compress-program=|checkpoint-action=exec|upload-pack=|receive-pack=|to-command=|rsh=|output-document=/|post-file=/|exec=|config=alias|ext-diff|open-files-in-pager|o\s?LocalCommand|o\s?PermitLocalCommand|F/dev/tcp|rsync-path=|I\s?/bin/sh|info-script=|unzip-command)",
    ),
    command("shell_function", Critical, Shape::Any, r"\(\)\s*\{\s*(:|_|[^}]{0,10});?\s*\}\s*(>|;)"),
    command(
        "lookup",
        Critical,
        Shape::Any,
        r"\$\{\s*(jndi\s*:|(\$\{[^}]{0,40}\}){1,}[^}]{0,10}(ndi|j|:)|(lower|upper|env|sys|java|date|::-|main|ctx)\s*:\s*[^}]{0,20}\}?\$?\{?[^}]{0,20}(jndi|:-j|ndi|//))|\$\{(script|dns|url):",
    ),
    command(
        "formula",
        High,
        Shape::Value,
        r#"^\s*['"]?[=+\-@]\s*(cmd\s*\||dde\s*\(|hyperlink\s*\(\s*"http[^"]{0,80}"\s*&|importxml\s*\(|importdata\s*\(|webservice\s*\(|exec\s*\(|msexcel\||rundll32\|)|[=+\-@]\w{0,20}\+?cmd\|"#,
    ),
    command(
        "include_for_servers",
        High,
        Shape::Any,
        r"<!--\s*#\s*(exec|include)\s+(cmd|virtual|file)\s*=",
    ),
    command(
        "windows_variable",
        High,
        Shape::Unscripted,
        r"(&|\||\^)\s*(%\w+%\\|%comspec%|cmd\s*/|for\s+/f|whoami|ipconfig|systeminfo|net\s+\w+|type\s+\S)|%\w+:~\d+,\d+%|\^?w\^h\^o\^a|c\^md|p\^ower",
    ),
];

/// Code that starts processes.
pub const PROCESSES: &[Signal] = &[
    process(
        "calls_home",
        Critical,
        Shape::Any,
        r#"/dev/(tcp|udp)/[\w.$\{\}-]+/|\b(nc|ncat|netcat)\b[^\n]{0,40}\s-[a-z]*[ec]\s*(/bin/|cmd|bash|sh\b)|(ba|z|k)?sh\s+-i\s*[<>0-9&|]|pty\.spawn\s*\(|dup2\s*\(\s*\w+\.fileno|mkfifo\s+\S+[^\n]{0,80}\|\s*(nc|sh|/bin)|socat\s[^\n]{0,80}exec:|fsockopen\s*\([^\n]{0,120}(exec|proc_open|sh\b)|TCPSocket\.(new|open)[^\n]{0,80}(exec|popen|/bin/sh)|Sockets\.TCPClient|Socket\([^\n]{0,80}(/bin/sh|exec)|php\s+-r[^\n]{0,60}fsockopen|lua\s+-e[^\n]{0,80}socket|openssl\s+s_client[^\n]{0,80}\|\s*/bin/sh|telnet\s+\S+\s+\d+\s*\|\s*/bin/(ba)?sh|xterm\s+-display\s+\d"#,
    ),
    process(
        "runs_what_it_fetches",
        High,
        Shape::Any,
        r#"\b(curl|wget)\b[^\n|;]{0,300}(\|\s*tee\s+\S+\s*)?\|\s*((sudo|doas|exec|nohup|env|xargs)\s+((-\w+|\w+=\S*)\s+)*)*(/(usr/)?(local/)?bin/)?((ba|z|da|k|a|fi)?sh|python[23]?|perl|ruby|node|php|osascript)(\s|$|[;&|)'"`\\])|\b((ba|z|da|k|a|fi)?sh|source|eval|python[23]?)\s+(-\w+\s+)*['"]?\s*(\$\(|<\(|`)\s*(curl|wget)\b|\b(curl|wget)\b[^\n]{0,300}(&&|;)\s*(sudo\s+)?(chmod\s+[+\w]*[x7]\w*\s|(ba|z|da|k)?sh\s+\S|\./\w)"#,
    ),
    process(
        "interpreter_runs",
        High,
        Shape::Any,
        r#"\b(python[23]?(\.\d+)?|perl|ruby|node|php|lua)\s+(-\w+\s+)*(-\w*[cer]|--eval)\s*['"\\]{1,3}[^\n]{0,200}(\bos\s*\.\s*(system|popen|exec\w*|spawn\w*|remove|unlink)\b|\bsubprocess\b|\bpty\b|\bshutil\.rmtree|\bchild_process\b|\b(system|exec|popen|shell_exec|passthru|proc_open|spawn)\s*[(\s'"]|\burlopen\b|\b__import__\b)"#,
    ),
    process(
        "imports_and_runs",
        High,
        Shape::Any,
        r#"__import__\s*\(\s*['"](os|subprocess|commands|pty|posix|socket|builtins|importlib)['"]\s*\)|importlib\.import_module\s*\(\s*['"](os|subprocess)['"]\s*\)\s*\.|getattr\s*\(\s*\w+\s*,\s*['"](system|popen|exec)['"]|require\s*\(\s*['"`](node:)?child_process['"`]\s*\)\s*\.\s*\w+\s*\(|process\s*\.\s*(mainModule|binding|dlopen)\b|global\.process\b|this\.constructor\.constructor\s*\("#,
    ),
    process(
        "runs_something_bad",
        High,
        Shape::Any,
        r#"\b(os\s*\.\s*(system|popen|spawn\w*|exec\w*)|subprocess\s*\.\s*\w+|commands\.getoutput|shell_exec|passthru|proc_open|popen|system|exec(Sync|File|ute)?|spawn(Sync)?|getRuntime\(\)\s*\.\s*exec|ProcessBuilder|Process\.Start|Start-Process|IO\.popen|Kernel\.(system|exec)|pcntl_exec|ShellExecute\w*|WinExec|CreateProcess\w?|WScript\.Shell["')\s]*\.?\s*(run|exec)?|Command::new|os/exec|exec\.Command|Open3\.\w+|os\.execute|io\.popen|%x)\s*[(\[{]\s*[^)\n]{0,60}(rm\s+-[rf]|/etc/(passwd|shadow)|\bcurl\s+\S*http|\bwget\s+\S*http|\bnc\s+-|/bin/(ba)?sh\b|whoami|\bid\b['"\s;)]|\bcat\s+/|powershell|calc(\.exe)?['"]|cmd(\.exe)?['"\s]*[,/]|\bls\s+(-la|/)|uname\s+-a|https?://\S+\.(sh|exe|py|bin)|base64\s+-d|chmod\s+\+x|net\s+user|ping\s+-[cn]\s|sleep\s+\d|touch\s+/tmp|\bdir\b|mkfifo|env\b\s*['"|]|printenv|shutdown|reboot|kill\s+-9|/tmp/|xmrig|ifconfig|ipconfig|nslookup|format\s+c:|del\s+/)"#,
    ),
    process(
        "runs_a_request",
        Critical,
        Shape::Any,
        r#"\b(eval|assert|system|exec|passthru|shell_exec|popen|preg_replace|create_function|include|require|call_user_func|array_map|unserialize|`)\s*[(\s]\s*[^)\n]{0,40}(\$_(GET|POST|REQUEST|COOKIE|SERVER|FILES)|base64_decode\s*\(|gzinflate|gzuncompress|str_rot13|hex2bin|params\[|request\.(args|form|get|query|param)|req\.(query|body|params)|getParameter\s*\()"#,
    ),
    process(
        "runs_what_is_hidden",
        High,
        Shape::Any,
        r#"\b(eval|exec|execfile|compile|Function|setTimeout|setInterval|Invoke-Expression|iex|new\s+Function|vm\.runIn\w+|instance_eval|class_eval|loadstring|marshal\.loads|pickle\.loads|yaml\.load|cPickle\.loads|jsonpickle\.decode|dill\.loads)\s*\(?\s*[(\["'\s]?\s*[^)\n]{0,40}(b64decode|base64\s*\.|atob\s*\(|codecs\.decode|zlib\.decompress|bytes\.fromhex|bytearray|fromCharCode|unescape\s*\(|decodeURIComponent\s*\(|Buffer\.from|chr\s*\(\s*\d|urlopen|requests\.get|urllib|New-Object|DownloadString|iwr|Invoke-WebRequest|__import__|open\s*\(\s*['"]/|FromBase64String|os\.system|subprocess|child_process|process\.env|require\s*\()"#,
    ),
    process(
        "leaves_sandbox",
        Critical,
        Shape::Any,
        r#"__(class|mro|subclasses|globals|builtins|bases|base|init|getattribute|reduce|code|dict)__[^\n]{0,160}(__subclasses__|__globals__|__builtins__|__import__|popen|system\b|\[\s*\d+\s*\]|__getitem__|open\s*\()|\bT\s*\(\s*java\.lang\.|@java\.lang\.(Runtime|ProcessBuilder)|Runtime\.getRuntime\(\)\.exec|freemarker\.template\.utility|ObjectConstructor|getClass\s*\(\s*\)\s*\.\s*forName|\.forName\s*\(\s*['"]java\.lang\.Runtime|java\.lang\.ProcessBuilder|new\s+java\.util\.Scanner\s*\(\s*T"#,
    ),
    process(
        "template_runs",
        High,
        Shape::Any,
        r#"(\{\{|\{%|<%=?|\$\{|#\{|\[\[|@\{|#set|\*\{|\{php\}|@\()\s*[^}%\n]{0,160}(__class__|__globals__|\bconfig\.|cycler|joiner|lipsum|request\.application|self\.__|url_for\.|get_flashed|namespace\.|\bsystem\s*\(|\bexec\s*\(|popen|`[a-z]|Runtime|ProcessBuilder|child_process|require\s*\(|phpinfo|passthru|import\s*\(?['"]?os|_self\.env|registerUndefinedFilter|map\s*\(\s*['"](system|exec)|filter\s*\(\s*['"](system|exec)|['"]id['"]\s*\|\s*(filter|system)|IO\.popen|File\.open|open\s*\(\s*['"]/|range\.constructor|\.constructor\s*[.\[(]|java\.|getClass|new\s+\w+\.\w+)"#,
    ),
    process(
        "template_probe",
        Medium,
        Shape::Value,
        r#"^\s*\W{0,3}(\{\{|\$\{|<%=|#\{|\*\{|@\(|\$\{\{|\{\{=)\s*\(?\d+\s*\*\s*['"]?\d+['"]?\s*\)?\s*(\}\}?|%>|\)).{0,20}$"#,
    ),
    process(
        "shell_of_windows",
        High,
        Shape::Any,
        r#"powershell(\.exe)?[^\n]{0,120}\s-(e|en|enc|enco\w*)\s+['"]?[A-Za-z0-9+/=]{12,}|\b(iex|invoke-expression)\b[^\n]{0,80}(new-object|iwr|irm|invoke-webrequest|downloadstring|webclient|frombase64)|\.download(string|file|data)\s*\(|mshta(\.exe)?\s+(https?:|javascript:|vbscript:)|regsvr32[^\n]{0,60}(/i:|scrobj)|certutil(\.exe)?[^\n]{0,40}(-urlcache|-decode)|bitsadmin[^\n]{0,60}/transfer|rundll32(\.exe)?\s+(javascript:|url\.dll|\\\\)|wmic[^\n]{0,60}process\s+call\s+create|schtasks[^\n]{0,60}/create|reg\s+add\s+hk\w+[^\n]{0,80}\\run\b|-(nop|noprofile)[^\n]{0,60}-(w|windowstyle)\s+hidden|Set-MpPreference\s+-Disable|vssadmin\s+delete\s+shadows|net\s+user\s+\S+\s+\S+\s+/add"#,
    ),
    process(
        "object_that_runs",
        High,
        Shape::Any,
        r#"!!python/(object|name|module)[/:]|!!python/object/(apply|new)|!ruby/(object|hash)[:\s]|!!javax\.script|!!com\.sun|\brO0AB[A-Za-z0-9+/]{12,}|aced0005737|\bO:\d{1,3}:"[A-Za-z\\_]+":\d+:\{|_\$\$ND_FUNC\$\$_|c(os|posix|nt|builtins|subprocess|__builtin__)\n(system|popen|eval|exec|Popen)\n|\$type["']\s*:\s*["']System\.(Windows\.Data\.ObjectDataProvider|Diagnostics)|java\.lang\.Runtime<|<java\s+version[^\n]{0,40}XMLDecoder|<!ENTITY\s+%?\s*\w+\s+(SYSTEM|PUBLIC)\s+["'](file|http|expect|php|ftp|netdoc|gopher)"#,
    ),
    process(
        "destroys",
        Critical,
        Shape::Any,
        r"\brm\s+(-\w+\s+){1,3}(--no-preserve-root\s+)?(/|~|\$HOME|\*|/\*|\.)(\s|$|;|\*)|:\s*\(\s*\)\s*\{\s*:\s*\|\s*:\s*&\s*\}\s*;\s*:|\bdd\s+if=/dev/(zero|u?random)\s+of=/dev/\w+|\bmkfs(\.\w+)?\s+(-\w+\s+)*/dev/|\bformat\s+c:|\bdel\s+/[fsq]\s|>\s*/dev/sd[a-z]\b|chmod\s+-R\s+777\s+/(\s|$)|shred\s+[^\n]{0,30}/dev/",
    ),
    process(
        "stays",
        High,
        Shape::Any,
        r"(crontab\s+-|/etc/cron|/etc/rc\.local|\.bashrc|\.profile|authorized_keys|/etc/ld\.so\.preload|systemctl\s+enable)[^\n]{0,120}(curl|wget|nc\s|/dev/tcp|bash\s+-|ssh-(rsa|ed25519)\s)|(echo|printf)\b[^\n]{0,200}>>?\s*(~|/root|/home/\w+)/\.ssh/authorized_keys|LD_PRELOAD=\S+\.so|docker\s+run[^\n]{0,80}(-v\s*/:|--privileged)|nsenter\s[^\n]{0,40}-t\s*1",
    ),
];
