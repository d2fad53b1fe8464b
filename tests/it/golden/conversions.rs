//! Samples of conversions, and of what comes of them.

use contracts::Effect;
use contracts::effect::{
    CommandPart, Convert, ConvertFormat, ConvertFrom, ConvertInto, Converted, Loss, Send, Terms,
};
use contracts::{Caller, Hash, Origin, Revision};
use serde_json::{Value, json};

/// A file that is to become commands.
pub fn convert() -> Effect {
    Effect::Convert(Box::new(Convert {
        from: ConvertFrom::File { id: "f1".parse().expect("an id"), format: None },
        into: ConvertInto::Commands {
            kind: "myocyte".parse().expect("a kind"),
            title: Some("Roof".to_owned()),
            sheet: None,
            day_first: Some(true),
            otherwise: None,
            deed: None,
            zone: None,
        },
        tag: json!({ "job": "job_0123456789" }),
        terms: Terms { independent: true, ..Terms::default() },
    }))
}

/// A command whose input the blobs keep.
pub fn send_kept() -> Effect {
    Effect::Send(Send {
        kind: "myocyte".parse().expect("a kind"),
        id: "roof".parse().expect("an id"),
        name: "load".parse().expect("a name"),
        input: Value::Null,
        input_blob: Some(Hash::of(b"an input")),
        by: None,
        tag: json!({ "job": "job_0123456789", "part": 0 }),
        terms: Terms::default(),
    })
}

/// A command in the name of somebody else than who caused it.
pub fn send_named() -> Effect {
    let by = Caller::new(Caller::ADMIN, Origin::Http).with("key-1".parse().ok());
    Effect::Send(Send {
        kind: "chaperone".parse().expect("a kind"),
        id: "desk".parse().expect("an id"),
        name: "cancel".parse().expect("a name"),
        input: json!({ "job": "job_0123456789" }),
        input_blob: None,
        by: Some(by),
        tag: json!({ "stops": "file" }),
        terms: Terms { independent: true, ..Terms::default() },
    })
}

/// What came of a file, and of an actor.
pub fn converted() -> Converted {
    let name = "load".parse().expect("a name");
    let part = CommandPart { name, input: Hash::of(b"an input"), bytes: 700 };
    let loss = Loss { what: "charts".to_owned(), place: "Costs".to_owned(), count: 2 };
    Converted {
        format: ConvertFormat::Xlsx,
        filename: "roof.xlsx".to_owned(),
        hash: Hash::of(b"a file"),
        bytes: 9_000,
        revision: Some(Revision(3)),
        parts: vec![part],
        losses: vec![loss],
        lost: 2,
    }
}
