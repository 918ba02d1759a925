use proptest::prelude::*;

use super::fit::{Wish, cut, fit};
use super::{Cell, Kind, Surface, Table, Tone};

const PLAIN: Surface = Surface {
    width: None,
    colours: false,
    utf8: true,
};

fn table(rows: &[[&str; 3]]) -> Table {
    let columns = [("name", Kind::Name), ("count", Kind::Number), ("why", Kind::Text)];
    let rows = rows.iter().map(|row| row.map(Cell::from));
    Table::new(columns, rows)
}

#[test]
fn what_fits_is_whole_and_what_does_not_is_cut() {
    let table = table(&[
        [
            "private-endpoint-approved",
            "1",
            "A private endpoint waits for somebody.",
        ],
        ["private-endpoint-foreign", "12345", "–"],
    ]);
    insta::assert_snapshot!("whole", table.draw(PLAIN));
    let width = |width| Surface {
        width: Some(width),
        ..PLAIN
    };
    insta::assert_snapshot!("cut", table.draw(width(60)));
    insta::assert_snapshot!("names_cut", table.draw(width(45)));
    insta::assert_snapshot!(
        "ascii",
        table.draw(Surface {
            utf8: false,
            ..width(45)
        })
    );
}

#[test]
fn names_from_outside_command_nothing_and_are_as_wide_as_they_look() {
    let drawn = table(&[["\u{1b}[31mred\u{7}", "1", "漢字漢字漢字漢字漢字"]]).draw(Surface {
        width: Some(40),
        ..PLAIN
    });
    assert!(!drawn.contains('\u{1b}') && !drawn.contains('\u{7}'), "{drawn:?}");
    for line in drawn.lines() {
        // A wide character does not fit into the last place.
        assert_eq!(console::measure_text_width(line), 39, "{drawn}");
    }
}

#[test]
fn colours_are_beside_the_text() {
    let cell = Cell::toned("fail", Tone::Worst);
    let table = Table::new([("verdict", Kind::Word)], [[cell]]);
    let coloured = table.draw(Surface { colours: true, ..PLAIN });
    assert!(coloured.contains("\u{1b}["), "{coloured:?}");
    let mut plain = String::new();
    for piece in coloured.split("\u{1b}[") {
        plain.push_str(if plain.is_empty() {
            piece
        } else {
            piece.split_once('m').unwrap().1
        });
    }
    assert_eq!(plain, table.draw(PLAIN));
}

proptest! {
    #[test]
    fn a_table_is_never_wider_than_the_terminal(
        rows in proptest::collection::vec(["[a-z漢/ -]{0,60}", "[0-9]{0,9}", "[A-Za-z漢é ]{0,200}"], 0..6),
        width in 24_usize..200,
    ) {
        let rows: Vec<[&str; 3]> = rows.iter().map(|row| [row[0].as_str(), &row[1], &row[2]]).collect();
        for utf8 in [true, false] {
            let drawn = table(&rows).draw(Surface { width: Some(width), colours: false, utf8 });
            for line in drawn.lines() {
                prop_assert!(console::measure_text_width(line) <= width, "{}", drawn);
            }
            // One line a row, and four around them.
            prop_assert_eq!(drawn.lines().count(), rows.len() + 4);
        }
    }

    #[test]
    fn nothing_is_cut_where_there_is_room(texts in proptest::collection::vec(0_usize..50, 3), more in 0_usize..9) {
        let wishes: Vec<_> = texts.iter().map(|texts| Wish { texts: *texts, name: 5, kind: Kind::Text }).collect();
        let natural: Vec<usize> = wishes.iter().map(|wish| wish.whole()).collect();
        prop_assert_eq!(fit(&wishes, natural.iter().sum::<usize>() + 10 + more), natural);
    }

    #[test]
    fn a_cut_text_says_so(text in "[a-z]{10,40}", width in 3_usize..10) {
        for kind in [Kind::Text, Kind::Name] {
            let short = cut(&text, width, kind, "…");
            prop_assert_eq!(short.chars().count(), width);
            prop_assert!(short.contains('…') && text.starts_with(short.split('…').next().unwrap()));
            prop_assert!(text.ends_with(short.split('…').nth(1).unwrap()));
        }
    }
}
