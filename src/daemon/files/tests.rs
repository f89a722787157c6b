use std::fs;

use super::*;
use crate::base::table::Table;
use crate::conf::model::track::InitFile;
use crate::conf::model::{TrackFile, Weight};
use crate::sys::testing::{Scratch, block_on};

/// A directory with files, and one around it.
struct Place(Scratch);

impl Place {
    fn new(name: &str) -> Place {
        let place = Place(Scratch::folder(&format!("files-{name}")));
        fs::create_dir(place.folder()).unwrap();
        place
    }

    fn folder(&self) -> PathBuf {
        self.0.0.join("d")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// A model in which the files of these names are tracked.
    fn model(&self, names: &[&str], init: Option<InitFile>) -> Arc<Model> {
        let mut files = Table::new();
        for name in names {
            let path = self.file(name).into();
            files.push(TrackFile { name: (*name).into(), path, weight: Weight::default(), init }).unwrap();
        }
        Arc::new(Model { files, ..Model::default() })
    }
}

fn content(index: usize, text: Option<&str>) -> Content {
    (TrackFileId::new(u16::try_from(index).unwrap()), text.map(|text| text.as_bytes().to_vec()))
}

#[test]
fn files_are_read_at_first_and_when_they_change() {
    let place = Place::new("change");
    fs::write(place.file("one"), "5").unwrap();
    let model = place.model(&["one", "two"], None);
    block_on(async {
        let mut files = Files::open(&model);
        assert_eq!(files.everything(), [content(0, Some("5")), content(1, None)]);
        fs::write(place.file("two"), "x".repeat(500)).unwrap();
        fs::write(place.file("stranger"), "7").unwrap();
        let changes = files.changed().await.unwrap();
        assert_eq!(files.take(&changes), [content(1, Some(&"x".repeat(LONGEST)))]);
        fs::remove_file(place.file("one")).unwrap();
        let changes = files.changed().await.unwrap();
        assert_eq!(files.take(&changes), [content(0, None)]);
    });
}

#[test]
fn a_directory_that_goes_and_comes_back_is_watched_again() {
    let place = Place::new("gone");
    fs::write(place.file("one"), "5").unwrap();
    let model = place.model(&["one"], None);
    block_on(async {
        let mut files = Files::open(&model);
        fs::remove_dir_all(place.folder()).unwrap();
        let mut seen = Vec::new();
        while files.places[0].state != State::Missing {
            let changes = files.changed().await.unwrap();
            seen = files.take(&changes);
        }
        assert_eq!(seen, [content(0, None)]);
        let look = files.next_deadline().unwrap();
        assert_eq!(files.expire(look), [content(0, None)]);
        fs::create_dir(place.folder()).unwrap();
        fs::write(place.file("one"), "6").unwrap();
        let look = files.next_deadline().unwrap();
        assert_eq!(files.expire(look), [content(0, Some("6"))]);
        assert!(matches!(files.places[0].state, State::Watched(..)));
        fs::write(place.file("one"), "7").unwrap();
        let changes = files.changed().await.unwrap();
        assert_eq!(files.take(&changes), [content(0, Some("7"))]);
    });
}

#[test]
fn a_directory_that_somebody_holds_open_goes_too() {
    let place = Place::new("held");
    fs::write(place.file("one"), "5").unwrap();
    let model = place.model(&["one"], None);
    block_on(async {
        let mut files = Files::open(&model);
        let _held = fs::File::open(place.folder()).unwrap();
        fs::remove_dir_all(place.folder()).unwrap();
        fs::create_dir(place.folder()).unwrap();
        fs::write(place.file("one"), "6").unwrap();
        let look = files.next_deadline().unwrap();
        assert_eq!(files.expire(look), [content(0, Some("6"))]);
    });
}

#[test]
fn what_cannot_be_read_keeps_its_number_and_a_loss_rereads_everything() {
    let place = Place::new("unreadable");
    fs::create_dir(place.file("one")).unwrap();
    fs::write(place.file("two"), "6").unwrap();
    let model = place.model(&["one", "two"], None);
    block_on(async {
        let mut files = Files::open(&model);
        assert_eq!(files.everything(), [content(1, Some("6"))]);
        assert_eq!(files.take(&[Change::Lost]), [content(1, Some("6"))]);
    });
}

#[test]
fn files_are_made_at_the_start() {
    let place = Place::new("made");
    fs::write(place.file("there"), "5").unwrap();
    make(&place.model(&["there", "new"], Some(InitFile { value: -3, overwrite: false })));
    assert_eq!(fs::read_to_string(place.file("there")).unwrap(), "5");
    assert_eq!(fs::read_to_string(place.file("new")).unwrap(), "-3\n");
    make(&place.model(&["there"], Some(InitFile { value: 9, overwrite: true })));
    assert_eq!(fs::read_to_string(place.file("there")).unwrap(), "9\n");
}
