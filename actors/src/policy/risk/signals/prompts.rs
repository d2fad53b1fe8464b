//! Orders for a model, hidden in what it is to work on. Whoever reads a program, a document or a
//! picture's caption obeys it too, so that only being spoken of makes them harmless.

use contracts::kinds::policy::RiskClass;
use contracts::kinds::policy::Severity::{self, Critical, High};

use super::{Shape, Signal};

type Text = &'static str;

const fn order(name: Text, severity: Severity, pattern: Text) -> Signal {
    Signal::new(RiskClass::PromptInjection, name, severity, Shape::Order, pattern)
}

/// Orders for a model.
pub const PROMPTS: &[Signal] = &[
    order(
        "ignores_orders",
        High,
        r"\b(ignor(e|ing)|disregard(ing)?|forget|overrid(e|es|ing)|bypass|skip|abandon|discard|drop|neglect|cancel|nullify|void|erase|delete|clear|stop\s+following|do\s+not\s+(follow|obey)|don'?t\s+(follow|obey)|pay\s+no\s+attention\s+to)\b[^.;\n]{0,40}\b(all|any|every|previous|prior|above|earlier|preceding|former|existing|your|the\s+system|system|initial|original|other|developer|safety)\b([^.,;:!?\n-]|-\w){0,40}\b(instructions?|prompts?|rules?|guidelines?|directions?|programming|constraints?|training|directives?|orders|restrictions|safeguards|guardrails)\b",
    ),
    order(
        "ignores_the_above",
        High,
        r"\b(ignore|disregard|forget)\s+(everything|all|anything|whatever|what)\s+(\w+\s+){0,4}(above|before|previously|so\s+far|earlier|prior|you\s+(were|have\s+been)\s+(told|given|taught))\b|\b(forget|erase|wipe)\s+(all\s+)?(your|my)?\s*((previous|prior)\s+(instructions?|messages|orders|conversations?|context|training|prompts?|chats?|tasks?|rules|roles?|personas?|settings|data)|memory|context|conversation)[^.\n]{0,30}(and|then|,)",
    ),
    order(
        "takes_a_role",
        High,
        r"\byou\s+(are|will\s+be|shall\s+be|must\s+be|become)\s+(now\s+|no\s+longer\s+)?[^.\n]{0,60}\b(dan\b|unrestricted|jailbroken|uncensored|unfiltered|developer\s+mode|evil|amoral|free\s+(from|of)|without\s+(any\s+)?(restrictions?|filters?|rules|limits?|limitations|censorship|ethic)|not\s+bound|no\s+longer\s+bound|root\b|in\s+(debug|god|maintenance|sudo|admin)\s+mode|an?\s+ai\s+(with\s+no|without))",
    ),
    order(
        "plays_a_role",
        High,
        r"\b(pretend|act|role-?play|behave|imagine|respond|answer|simulate)\b[^.\n]{0,60}\b(no\s+(restrictions?|rules|filters?|limits?|limitations|ethic\w*|guidelines|moral\w*)|unrestricted|uncensored|unfiltered|without\s+(any\s+)?(restrictions?|limits?|limitations|filters?|ethic\w*|safety|moral\w*|censorship|refus\w*)|dan\b|jailbroken|evil\s+(twin|ai|assistant)|opposite\s+day)\b|\bdo\s+anything\s+now\b|\bdan\s+mode\b|\b(developer|god|sudo|debug|jailbreak|unsafe|admin)\s+mode\s*(is\s+)?(:|=|\s)\s*(enabled|on|activated|unlocked|true)\b",
    ),
    order(
        "asks_for_its_orders",
        High,
        r"\b(reveal|show|print|repeat|output|display|tell\s+(me|us)|give\s+(me|us)|leak|dump|expose|recite|disclose|share|write\s+(out|down)|summari[sz]e|translate|encode|copy|return|list|provide|what\s+(is|are|was|were)|spell\s+out)\b[^.\n?]{0,50}\b(your|the|its|this\s+assistant'?s)\s+(full\s+|exact\s+|entire\s+|complete\s+|own\s+|verbatim\s+)?(system|hidden|initial|secret|original|developer|internal|confidential|underlying|pre-?loaded|setup|starting)[\s-]*(prompts?|instructions?|messages?|rules|directives?|configuration|guidelines|context|preamble)\b",
    ),
    order(
        "asks_for_the_above",
        High,
        r"\b(repeat|print|output|recite|copy|translate|echo|summari[sz]e|show|write|return|encode)\s+(me\s+)?(everything|all|the\s+(words?|texts?|contents?|lines?|paragraphs?|sentences?|messages?|instructions?)|what(ever)?)\s+(\w+\s+){0,3}(above|before\s+this|preceding|in\s+your\s+(context|prompt))\b|\bstarting\s+with\s+.{0,3}you\s+are\b",
    ),
    order(
        "marks_of_templates",
        High,
        r"<\|\s*(im_start|im_end|system|endoftext|start_header_id|eot_id|assistant|user|end|begin_of_text)\s*\|>|\[/?INST\]|<</?SYS>>|<start_of_turn>|<\|?/?(sys|system)\|?>\s*\w+|\bHuman:\s[^\n]*\n+\s*Assistant:|^\s*(###|---|===|\*\*\*|\[|<)?\s*(system|developer|root|admin(istrator)?)\s*(prompt|message|instructions?|override|notice|command|update|note|alert)?\s*(\]|>|###)?\s*:\s*[^\n]{0,80}\b(you|ignore|new|from\s+now|must|always|never|disable|grant|override|allow|approve|execute|output|the\s+user|respond|unlock|transfer|send)\b",
    ),
    order(
        "ends_the_document",
        High,
        r"(end|close|stop)\s+of\s+(the\s+)?(document|context|user\s+input|input|data|text|prompt|article|email|transcript|instructions?|quote|file|message|review|resume)\b[\s\S]{0,60}\b(now|new|next|instead|system|instruction|ignore|respond|your\s+(task|job))|</\s*(document|context|user_?input|input|data|article|email|instructions?|user|query|text|content|untrusted)\s*>[\s\S]{0,40}\b(system|now|new|ignore|instruction|you\s+(must|are|should)|assistant)|\x22{3}\s*\n+\s*(now|new|ignore|instead|system)",
    ),
    order(
        "new_orders",
        High,
        r"\b(new|updated|real|actual|true|revised|urgent|secret|hidden|overriding|override|replacement|priority|emergency|higher[- ]priority)\s+(system\s+)?(instructions?|task|directives?|orders?|objective|mission|goal|prompt|rules?|policy)\s*(for\s+(you|the\s+(ai|assistant|model|agent))\s*)?(:|-|—|–|=|are\s+as\s+follows|follow)\s*[^\n]{0,120}\b(you|ignore|send|reveal|output|respond|reply|say|print|call|delete|transfer|always|never|do\s+not|instead|execute|approve|write|forward|tell|answer|treat|grant|upload|include|share|post|visit|open|run)\b",
    ),
    order(
        "keeps_from_the_user",
        High,
        r"\b(do\s+not|don'?t|never|without)\s+(tell(ing)?|inform(ing)?|mention(ing)?|reveal(ing)?|let(ting)?|notify(ing)?|alert(ing)?|show(ing)?|ask(ing)?|disclos(e|ing)|warn(ing)?)\b[^.\n]{0,40}\b(the\s+)?(user|human|operator|owner|reader)s?\b|\b(hide|conceal|keep)\s+(this|these|it)\b[^.\n]{0,40}\bfrom\s+(the\s+)?(user|human|operator|owner)s?\b|\bwithout\s+(the\s+)?user'?s?\s+(knowledge|consent|noticing|permission)",
    ),
    order(
        "speaks_to_the_model",
        High,
        r"(\b(attention|note\s+to|hey|dear|hello|hi|to\s+(the|all|any)|message\s+(for|to)|instructions?\s+(for|to)|notice\s+to|important[:,]?|dear)\b[\s:,]{1,4}(the\s+|any\s+|all\s+|an?\s+)?(ai|llm|assistant|language\s+model|chatgpt|claude|gpt(-\d)?|copilot|gemini|agent|chatbot|bot|model|summari[sz]er|ai\s+(assistant|agent|model|system|reviewer|crawler|tool)s?|large\s+language\s+model)s?\b(\s*[:,;.!-]|\s+(reading|processing|that|who|if|you|must|should|please|agents?|reviewers?|crawlers?|models?)\b))[^\n]{0,160}\b(must|should|ignore|include|approve|recommend|rate|output|execute|send|always|say|rank|give|mark|call|delete|forward|respond|reply|add|run|append|insert|grant|disclose|reveal|set|treat|pass|hire|select|tell|state|praise|transfer|visit|click)\b",
    ),
    order(
        "if_you_are_a_model",
        High,
        r"\bif\s+(you\s*(are|'re)|this\s+is\s+(being\s+)?(read|processed|summari[sz]ed)\s+by|an?\s+(ai|llm|language\s+model)\s+(is\s+reading|reads))\s*(an?|the)?\s*(ai|llm|(large\s+)?language\s+model|assistant|chatbot|bot|automated|machine|gpt|agent)?\b[^\n]{0,120}\b(must|should|ignore|include|approve|recommend|output|send|say|give|respond|reply|add|write|mention|rate|rank|print|tell|call|insert|execute|stop|begin)\b|\b(ai|llm|language\s+model|assistant|agent)s?\s+(reading|processing|parsing|summari[sz]ing|reviewing|evaluating)\s+this\b[^\n]{0,120}\b(must|should|ignore|include|approve|output|send|are\s+(instructed|required|asked)|please)\b",
    ),
    order(
        "from_now_on",
        High,
        r"\b(from\s+(now|this\s+point|here)\s+on(wards?)?|starting\s+now|henceforth|for\s+the\s+rest\s+of\s+(this|the)\s+(conversation|chat|session))\b[^.\n]{0,30}\byou\s+(will|must|are|shall|can|have\s+to|only|always|do\s+not)\b[^.\n]{0,80}",
    ),
    order(
        "turns_safety_off",
        High,
        r"\b(disable|turn\s+off|remove|bypass|circumvent|deactivate|suspend|switch\s+off|lift|drop|evade|get\s+around|break\s+out\s+of)\s+(all\s+|your\s+|any\s+|the\s+|every\s+)*(safety|content|ethic\w*|security|moderation|alignment|openai|anthropic|moral)\s+(and\s+\w+\s+)?(filters?|guidelines?|restrictions?|guardrails?|protocols?|policies|policy|measures|checks?|controls?|layers?|settings|training)",
    ),
    order(
        "carries_out",
        Critical,
        r"\b(send|post|forward|exfiltrate|upload|email|transmit|leak|submit|append|deliver|mail|copy)\b[^.\n]{0,100}\b(api\s*keys?|passwords?|tokens?|credentials|conversation|chat\s+history|system\s+prompt|secrets?|env(ironment)?\s+variables?|private\s+keys?|personal\s+data|user'?s?\s+(data|emails?|messages|files|contacts)|inbox|database|ssh\s+keys?|cookies|(all|every)\s+(\w+\s+)?(emails?|files?|documents?|records|messages|contacts))\b[^\n]{0,80}\b(to|at|via|through|into)\s+[^\s]{0,10}(https?://|[\w.+-]+@[\w-]+\.\w|\x22?[\w-]+\.(com|net|io|org|xyz|ru|site|example)\b)",
    ),
    order(
        "uses_tools",
        High,
        r"\b(call|invoke|use|run|execute|trigger)\s+(the\s+|your\s+|a\s+)?[`'\x22]?\w+[`'\x22]?\s+(tool|function|command|plugin|action|api)\b[^.\n]{0,100}\b(delete|transfer|send|wire|drop|remove|all\s+(files|emails|records|users|data)|without\s+(asking|confirm\w*|approval)|rm\s+-|immediately|silently|password|secret|attacker|https?://)|\b(without|skip|no\s+need\s+(for|to\s+ask))\s+(asking|any|the|for|user|further)?\s*(for\s+)?(confirmation|consent|permission|approval|verification)\b[^.\n]{0,60}\b(delete|transfer|send|execute|run|approve|wire|publish|merge|deploy|buy|pay)|\b(delete|transfer|wire|execute|approve|merge|publish|deploy|buy|pay|send)\b[^.\n]{0,60}\b(without|do\s+not\s+(ask|wait)\s+for)\s+(asking|any|the|for|user|further)?\s*(for\s+)?(confirmation|consent|permission|approval|verification)\b",
    ),
    order(
        "games",
        High,
        r"\b(grandm(a|other)|bedtime\s+story)\b[^\n]{0,120}\b(napalm|keys?|explosive|meth|password|recipe\s+for|serial)|\b(respond|answer|reply|start|begin)\s+(only\s+)?(with|by\s+saying)\s+.{0,3}(sure,?\s+here|absolutely!?\s+here|yes,?\s+(sir|master)|haha\s*,?\s*pwned|i\s+have\s+been\s+(pwned|hacked))|\btwo\s+(responses|answers)\b[^\n]{0,100}\b(dan|jailbreak\w*|unfiltered|uncensored)|\b(hypothetical|fictional)\s+(response|story|scenario)\b[^\n]{0,120}\b(no\s+(rules|restrictions|ethic\w*|limits)|ignore|unfiltered|illegal\s+is\s+legal)|\bpwned\b|\b(say|print|output|write)\s+.{0,2}(i\s+have\s+been\s+(pwned|hacked)|pwned|hacked\s+by)",
    ),
    order(
        "says_it_may",
        High,
        r"\b(i\s+am|i'?m|this\s+is|as)\s+(your\s+|an?\s+|the\s+)?(developer|administrator|admin|creator|openai|anthropic|system\s+administrator|root|ceo|security\s+team|it\s+department)\b[^\n]{0,120}\b(ignore|override|disable|reveal|grant|unlock|bypass|authori[sz]e[ds]?|give\s+me|show\s+me|you\s+(may|can|must)\s+now|print|dump)\b[^\n]{0,80}\b(rules?|instructions?|prompt|restrictions?|access|password|keys?|filters?|guardrails?|safety|config\w*|data|system|logs?|mode)\b",
    ),
    order(
        "ignores_orders_german",
        High,
        r"(?u)\b(ignorier(e|en|t)?|vergiss|vergesst|vergessen\s+sie|missachte|übergeh(e|en)|beachte\s+nicht|umgehe|verwirf)\b[^.\n]{0,30}\b(alle[nrs]?|vorherigen?|bisherigen?|obigen?|deine[nr]?|sämtliche|früheren?|ursprünglichen?|system\w*|vorigen?)\b[^.\n]{0,30}\b(anweisung(en)?|instruktion(en)?|regeln?|vorgaben?|befehle?|richtlinien|prompts?|einschränkung(en)?)\b|\b(zeige?|verrate|gib|nenne|wiederhole|drucke)\b[^.\n]{0,40}\b(deinen?|den|die|dein)\s+(system-?\s?prompt|systemanweisung(en)?|geheimen?\s+anweisung(en)?|internen?\s+anweisung(en)?)\b|\bdu\s+bist\s+(ab\s+)?(jetzt|nun|sofort)\b[^.\n]{0,60}\b(ohne|frei|keine|uneingeschränkt|dan)\b",
    ),
    order(
        "ignores_orders_romance",
        High,
        r"(?u)\b(ignore[zr]?|oublie[zr]?|ne\s+tiens\s+pas\s+compte|néglige[zr]?|fais\s+abstraction)\b[^.\n]{0,50}\b(instructions?|consignes?|règles?|directives?)\b[^.\n]{0,30}\b(précédentes?|ci-dessus|antérieures?|initiales?|système|reçues)\b|\b(ignora[r]?|olvida[r]?|descarta[r]?|desobedece|haz\s+caso\s+omiso)\b[^.\n]{0,50}\b(instrucciones|reglas|órdenes|directrices|indicaciones)\b|\b(ignora|dimentica|trascura|non\s+seguire)\b[^.\n]{0,50}\b(istruzioni|regole|direttive|indicazioni)\b|\b(ignore|esqueça|desconsidere|descarte)\b[^.\n]{0,50}\b(instruções|regras|ordens|diretrizes)\b|\b(muestra|revela|muéstrame|dime|affiche|révèle|montre|mostra|rivela|mostre|revele)\b[^.\n]{0,40}\b(prompt|instrucciones|instructions?|istruzioni|instruções|mensaje|message)\b[^.\n]{0,20}\b(d[eu]l?\s+(sistema|système)|di\s+sistema|do\s+sistema|système|sistema|ocult\w+|secr\w+)\b|\bnegeer\b[^.\n]{0,40}\b(instructies|regels|opdrachten)\b|\b(zignoruj|zapomnij)\b[^.\n]{0,40}\b(instrukcj\w+|polece\w+|zasad\w*)",
    ),
    order(
        "ignores_orders_elsewhere",
        High,
        r"(?u)(Игнорир|забудь|не\s+следуй)[^.\n]{0,60}(инструкц|правил|указан)|(忽略|无视|忘记|忽视|不要遵守)[^。\n]{0,20}(指令|指示|规则|提示|命令|说明)|(指示|命令|ルール|プロンプト|指令)[^。\n]{0,20}(無視|忘れ)|(이전|위의|모든)[^.\n]{0,20}(지시|명령|지침)[^.\n]{0,15}(무시|잊)|(تجاهل|انس)[^.\n]{0,40}(تعليمات|أوامر)|(önceki|tüm)[^.\n]{0,30}(talimat|kural|komut)[^.\n]{0,30}(yok\s+say|unut|görmezden)",
    ),
];
