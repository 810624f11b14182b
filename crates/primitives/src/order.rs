use std::cmp::Ordering;

/// The places of labels, such as periods, in their order.
///
/// When every label is a finite number, they stand by size: 8, 9, 10. Otherwise they stand by their
/// characters, but a run of digits counts as the number that it is: 2024-9 before 2024-10, and dates as
/// 2026-01-31 by the calendar. Labels that are equal so far, as 8 and 8.0, stand by their characters alone.
///
/// Training and reports order periods by this one rule, so that both mean the same last period.
///
/// # Examples
/// ```
/// use primitives::label_order;
/// assert_eq!(label_order(&["10", "8", "-1", "9.5"]), [2, 1, 3, 0]);
/// assert_eq!(label_order(&["2024-10", "2024-9", "2023-12"]), [2, 1, 0]);
/// ```
pub fn label_order<T: AsRef<str>>(labels: &[T]) -> Vec<usize> {
    let text = |place: usize| labels[place].as_ref();
    let number = |label: &T| label.as_ref().parse::<f64>().ok().filter(|x| x.is_finite());
    let numbers: Option<Vec<f64>> = labels.iter().map(number).collect();
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| {
        let by_size = match &numbers {
            // 0 added to -0 is 0.
            Some(numbers) => (numbers[a] + 0.0).total_cmp(&(numbers[b] + 0.0)),
            None => by_parts(text(a), text(b)),
        };
        by_size.then_with(|| text(a).cmp(text(b)))
    });
    order
}

/// Compares texts by their characters, runs of digits as numbers.
fn by_parts(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let (digits_a, digits_b) = (leading_digits(a), leading_digits(b));
        let ordering = match (digits_a, digits_b) {
            (0, _) | (_, 0) => {
                let (mut rest_a, mut rest_b) = (a.chars(), b.chars());
                let (first_a, first_b) = (rest_a.next(), rest_b.next());
                if first_a.is_none() && first_b.is_none() {
                    return Ordering::Equal;
                }
                (a, b) = (rest_a.as_str(), rest_b.as_str());
                first_a.cmp(&first_b)
            }
            _ => {
                let (number_a, number_b) = (&a[..digits_a], &b[..digits_b]);
                (a, b) = (&a[digits_a..], &b[digits_b..]);
                by_value(number_a, number_b)
            }
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
}

/// Compares digits as whole numbers, however long.
fn by_value(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The labels, given in their order, from the reverse.
    #[track_caller]
    fn check(in_order: &[&str]) {
        let reversed: Vec<&str> = in_order.iter().rev().copied().collect();
        let found: Vec<&str> = label_order(&reversed).into_iter().map(|place| reversed[place]).collect();
        assert_eq!(found, in_order);
    }

    #[test]
    fn numbers_by_size() {
        check(&["8", "9", "10", "11"]);
        check(&["-2", "-1", "-0", "0", "0.5", "8", "8.0", "1e1"]);
        check(&["2024.10", "2024.9"]);
    }

    #[test]
    fn one_text_among_numbers_makes_them_texts() {
        check(&["8", "9", "10", "total"]);
        check(&["-1", "-10", "8", "inf"]);
    }

    #[test]
    fn runs_of_digits_are_numbers() {
        check(&["2023-12", "2024-1", "2024-2", "2024-9", "2024-10", "2024-12", "2025-1"]);
        check(&["2024-01-31", "2024-02-01", "2024-11-01"]);
        check(&["2024Q1", "2024Q2", "2025Q1"]);
        check(&["第2期", "第10期", "第99999999999999999999998期", "第99999999999999999999999期"]);
        check(&["a", "a01", "a1", "a1b", "a02", "b"]);
        check(&["", "1-", "x"]);
    }
}
