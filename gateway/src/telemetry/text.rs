//! Reading the program's own measures as they are told to those who scrape them, so that both
//! roads tell the same.

use std::collections::BTreeMap;

/// A family of measures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Family {
    /// Its name, without what its kind adds.
    pub name: String,
    /// What it says.
    pub help: String,
    /// `counter`, `gauge`, `histogram` or `info`.
    pub kind: String,
    /// Its lines.
    pub samples: Vec<Sample>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The whole name.
    pub name: String,
    /// Its labels, in order.
    pub labels: Vec<(String, String)>,
    /// Its value.
    pub value: f64,
}

/// A histogram, put together from its lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Buckets {
    /// Upper bounds, without the last, which is none.
    pub bounds: Vec<f64>,
    /// How many are at most as large as each bound; the last one are all.
    pub upto: Vec<u64>,
    /// Their sum.
    pub sum: f64,
    /// How many there are.
    pub count: u64,
}

/// The families of a text of OpenMetrics.
#[must_use]
pub fn families(text: &str) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for line in text.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some("HELP"), Some(name), help) => {
                let (name, help) = (name.to_owned(), help.unwrap_or_default().to_owned());
                families.push(Family { name, help, ..Family::default() });
            }
            (Some("#"), Some("TYPE"), Some(_), Some(kind)) => {
                if let Some(family) = families.last_mut() {
                    kind.clone_into(&mut family.kind);
                }
            }
            (Some("#"), ..) => {}
            _ => {
                if let (Some(family), Some(sample)) = (families.last_mut(), sample(line)) {
                    family.samples.push(sample);
                }
            }
        }
    }
    families
}

fn sample(line: &str) -> Option<Sample> {
    let (head, value) = line.rsplit_once(' ')?;
    let value = value.parse().ok()?;
    let Some((name, rest)) = head.split_once('{') else {
        return Some(Sample { name: head.to_owned(), labels: Vec::new(), value });
    };
    let labels = labels(rest.strip_suffix('}')?)?;
    Some(Sample { name: name.to_owned(), labels, value })
}

/// `name="value",…`, with a backslash before what is not itself.
fn labels(text: &str) -> Option<Vec<(String, String)>> {
    let (mut labels, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"")?;
        let (mut value, mut end, mut escaped) = (String::new(), None, false);
        for (at, letter) in after.char_indices() {
            match (escaped, letter) {
                (true, 'n') => value.push('\n'),
                (true, letter) => value.push(letter),
                (false, '"') => {
                    end = Some(at);
                    break;
                }
                (false, '\\') => {}
                (false, letter) => value.push(letter),
            }
            escaped = !escaped && letter == '\\';
        }
        labels.push((name.to_owned(), value));
        rest = &after[end? + 1..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    Some(labels)
}

/// The histograms of a family, by their labels.
#[must_use]
pub fn histograms(family: &Family) -> BTreeMap<Vec<(String, String)>, Buckets> {
    let mut all = BTreeMap::<_, Buckets>::new();
    for sample in &family.samples {
        let (bound, labels): (Vec<_>, Vec<_>) =
            sample.labels.iter().cloned().partition(|(name, _)| name == "le");
        let buckets = all.entry(labels).or_default();
        let count = sample.value as u64;
        match sample.name.strip_prefix(&family.name).unwrap_or_default() {
            "_sum" => buckets.sum = sample.value,
            "_count" => buckets.count = count,
            _ => {
                let bound = bound.first().and_then(|(_, bound)| bound.parse::<f64>().ok());
                buckets.upto.push(count);
                buckets.bounds.extend(bound.filter(|bound| bound.is_finite()));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{families, histograms};

    #[test]
    fn a_text_is_read_with_its_labels_and_its_histograms() {
        let text = "# HELP a_b Says \"it\".\n# TYPE a_b counter\n\
                    a_b_total{x=\"say \\\"hi\\\", {you}\\n\",y=\"\"} 7\n\
                    # HELP h_seconds Time.\n# TYPE h_seconds histogram\n\
                    h_seconds_sum{k=\"v\"} 1.5\nh_seconds_count{k=\"v\"} 3\n\
                    h_seconds_bucket{le=\"0.1\",k=\"v\"} 1\n\
                    h_seconds_bucket{le=\"+Inf\",k=\"v\"} 3\n# EOF\n";
        let families = families(text);
        assert_eq!(families.len(), 2);
        let sample = &families[0].samples[0];
        assert_eq!((sample.name.as_str(), sample.value), ("a_b_total", 7.0));
        let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(sample.labels, [label("x", "say \"hi\", {you}\n"), label("y", "")]);
        let histograms = histograms(&families[1]);
        let buckets = &histograms[&vec![label("k", "v")]];
        assert_eq!((buckets.count, buckets.sum), (3, 1.5));
        assert_eq!((buckets.bounds.as_slice(), buckets.upto.as_slice()), (&[0.1][..], &[1, 3][..]));
    }
}
