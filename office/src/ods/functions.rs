//! What functions are called in files of OpenDocument, where that is not what people call them.

/// Functions that files name with `COM.MICROSOFT.` before them.
const MICROSOFT: &[&str] = &[
    "AGGREGATE",
    "BAHTTEXT",
    "BETA.DIST",
    "BETA.INV",
    "BINOM.DIST",
    "BINOM.INV",
    "CEILING",
    "CEILING.MATH",
    "CEILING.PRECISE",
    "CHISQ.DIST",
    "CHISQ.DIST.RT",
    "CHISQ.INV",
    "CHISQ.INV.RT",
    "CHISQ.TEST",
    "CHOOSECOLS",
    "CHOOSEROWS",
    "CONCAT",
    "CONFIDENCE.NORM",
    "CONFIDENCE.T",
    "COVARIANCE.P",
    "COVARIANCE.S",
    "DROP",
    "ENCODEURL",
    "ERF.PRECISE",
    "ERFC.PRECISE",
    "EXPAND",
    "EXPON.DIST",
    "F.DIST.RT",
    "F.INV.RT",
    "F.TEST",
    "FILTER",
    "FLOOR",
    "FLOOR.MATH",
    "FLOOR.PRECISE",
    "FORECAST.LINEAR",
    "GAMMA.DIST",
    "GAMMA.INV",
    "GAMMALN.PRECISE",
    "HSTACK",
    "HYPGEOM.DIST",
    "IFS",
    "LET",
    "LOGNORM.DIST",
    "LOGNORM.INV",
    "MAXIFS",
    "MINIFS",
    "MODE.SNGL",
    "NEGBINOM.DIST",
    "NETWORKDAYS.INTL",
    "NORM.DIST",
    "NORM.INV",
    "NORM.S.DIST",
    "NORM.S.INV",
    "PERCENTILE.EXC",
    "PERCENTILE.INC",
    "PERCENTRANK.EXC",
    "PERCENTRANK.INC",
    "POISSON.DIST",
    "QUARTILE.EXC",
    "QUARTILE.INC",
    "RANDARRAY",
    "RANK.AVG",
    "RANK.EQ",
    "SEQUENCE",
    "SORT",
    "SORTBY",
    "STDEV.P",
    "STDEV.S",
    "SWITCH",
    "T.DIST",
    "T.DIST.2T",
    "T.DIST.RT",
    "T.INV",
    "T.INV.2T",
    "T.TEST",
    "TAKE",
    "TEXTAFTER",
    "TEXTBEFORE",
    "TEXTJOIN",
    "TEXTSPLIT",
    "TOCOL",
    "TOROW",
    "UNIQUE",
    "VAR.P",
    "VAR.S",
    "VSTACK",
    "WEIBULL.DIST",
    "WORKDAY.INTL",
    "WRAPCOLS",
    "WRAPROWS",
    "XLOOKUP",
    "XMATCH",
    "Z.TEST",
];

/// Functions that are called something else altogether: by people, and in files.
const OTHERS: &[(&str, &str)] = &[
    ("CHIDIST", "LEGACY.CHIDIST"),
    ("CHIINV", "LEGACY.CHIINV"),
    ("CHITEST", "LEGACY.CHITEST"),
    ("F.DIST", "FDIST"),
    ("F.INV", "FINV"),
    ("FDIST", "LEGACY.FDIST"),
    ("FINV", "LEGACY.FINV"),
    ("NORMSDIST", "LEGACY.NORMSDIST"),
    ("NORMSINV", "LEGACY.NORMSINV"),
    ("SKEW.P", "SKEWP"),
    ("TDIST", "LEGACY.TDIST"),
];

/// Who puts a name of their own before those of functions.
const OWNERS: [&str; 4] = ["COM.MICROSOFT.", "ORG.LIBREOFFICE.", "ORG.OPENOFFICE.", "LEGACY."];

/// What a function is called in a file.
pub(super) fn filed(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    if let Some((_, filed)) = OTHERS.iter().find(|(known, _)| *known == upper) {
        return (*filed).to_owned();
    }
    if MICROSOFT.binary_search(&upper.as_str()).is_ok() {
        return format!("COM.MICROSOFT.{upper}");
    }
    name.to_owned()
}

/// What people call a function of a file.
pub(super) fn called(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    if let Some((known, _)) = OTHERS.iter().find(|(_, filed)| *filed == upper) {
        return (*known).to_owned();
    }
    let own = OWNERS.iter().find_map(|owner| upper.strip_prefix(owner));
    own.map_or_else(|| name.to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{MICROSOFT, OTHERS, called, filed};

    #[test]
    fn every_name_comes_back() {
        assert!(MICROSOFT.is_sorted(), "names are looked for by halves");
        for name in MICROSOFT.iter().chain(OTHERS.iter().map(|(name, _)| name)) {
            assert_ne!(filed(name), *name);
            assert_eq!(called(&filed(name)), *name);
        }
        assert_eq!((filed("sum"), called("SUM")), ("sum".to_owned(), "SUM".to_owned()));
    }
}
