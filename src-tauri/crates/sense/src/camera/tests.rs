//! The camera's worker behind lenses made for the test, and pictures in every coding.

#![allow(clippy::unwrap_used, reason = "a panic is how a test speaks, in its helpers too")]

mod pictures;
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use gerai_core::port::scan::{
    CameraFault, CameraId, CameraState, CameraWish, Cameras, CodeFound, Luma, PixelFormat, WANTED_SIZE,
};

use super::CameraWorker;
use super::simulated::{SimulatedLens, Square};
use support::{Decoder, Door, Scripted, nothing, running};

fn checkered() -> Square {
    Square { side: 25, dark: (0..625).map(|at| at % 2 == 0).collect() }
}

/// Finds "a code" in every picture that shows something dark.
fn dark(picture: Luma<'_>) -> Vec<CodeFound> {
    assert_eq!(picture.pixels.len(), (picture.width * picture.height) as usize);
    if picture.pixels.iter().any(|shade| *shade < 60) {
        vec![CodeFound { bytes: b"dark".to_vec(), corners: [(1, 2), (3, 4), (5, 6), (7, 8)] }]
    } else {
        Vec::new()
    }
}

#[test]
fn a_simulated_camera_goes_the_whole_way() {
    let lens = SimulatedLens::new(Arc::new(|| Some(checkered())));
    let door = Door::new();
    let camera =
        CameraWorker::behind(Arc::new(lens.clone()), Arc::new(Decoder(dark)), Arc::clone(&door) as _)
            .unwrap();
    assert_eq!(camera.now(), CameraState::Off);
    camera.start(CameraWish::default());
    let (codes, frame) = door.wait(|seen| seen.codes.first().cloned());
    assert_eq!(codes[0].bytes, b"dark");
    assert_eq!((frame.width, frame.height), WANTED_SIZE);
    let shown = image::load_from_memory(&frame.jpeg).unwrap();
    assert_eq!((shown.width(), shown.height()), WANTED_SIZE);
    assert!(running(&camera.now()));

    lens.fail(Some(CameraFault::Unplugged));
    door.wait_for_state(|state| *state == CameraState::Failed(CameraFault::Unplugged));
    lens.fail(None);
    door.wait(|seen| (seen.states.iter().filter(|state| running(state)).count() == 2).then_some(()));
    camera.stop();
    door.wait_for_state(|state| *state == CameraState::Off);
    let states = door.states();
    assert!(matches!(states[0], CameraState::Opening), "{states:?}");
    assert!(states.windows(2).all(|pair| pair[0] != pair[1]), "each change is told once: {states:?}");
}

#[test]
fn a_camera_that_was_never_there_is_not_called_unplugged() {
    let lens = SimulatedLens::new(Arc::new(|| None));
    lens.fail(Some(CameraFault::Unplugged));
    let door = Door::new();
    let camera =
        CameraWorker::behind(Arc::new(lens), Arc::new(Decoder(nothing)), Arc::clone(&door) as _).unwrap();
    camera.start(CameraWish::default());
    door.wait_for_state(|state| *state == CameraState::Failed(CameraFault::NoCamera));
}

#[test]
fn another_camera_than_the_chosen_one_is_not_taken() {
    let lens = SimulatedLens::new(Arc::new(|| None));
    let door = Door::new();
    let camera =
        CameraWorker::behind(Arc::new(lens), Arc::new(Decoder(nothing)), Arc::clone(&door) as _).unwrap();
    camera.start(CameraWish { camera: Some(CameraId("other".to_owned())), ..CameraWish::default() });
    door.wait_for_state(|state| *state == CameraState::Failed(CameraFault::NoCamera));
    camera.start(CameraWish::default());
    door.wait_for_state(running);
}

#[test]
fn faults_are_told_apart_and_tried_again() {
    for fault in [CameraFault::Busy, CameraFault::Denied, CameraFault::Unsupported] {
        let lens = SimulatedLens::new(Arc::new(|| None));
        lens.fail(Some(fault.clone()));
        let door = Door::new();
        let camera =
            CameraWorker::behind(Arc::new(lens.clone()), Arc::new(Decoder(nothing)), Arc::clone(&door) as _)
                .unwrap();
        camera.start(CameraWish::default());
        door.wait_for_state(|state| *state == CameraState::Failed(fault.clone()));
        lens.fail(None);
        door.wait_for_state(running);
    }
}

/// While the decoder is busy with one picture the camera gives a hundred: only the newest is looked at next.
#[test]
fn the_newest_picture_wins() {
    let lens = Scripted::new(PixelFormat::Grey, 64, 48, vec![9; 64 * 48]);
    let taken = Arc::clone(&lens.taken);
    let door = Door::new();
    let over = Arc::new(AtomicBool::new(false));
    let (ends, seen) = (Arc::clone(&over), Arc::clone(&taken));
    let decoder = Decoder(move |_: Luma<'_>| {
        let until = seen.load(Ordering::SeqCst) + 100;
        while seen.load(Ordering::SeqCst) < until && !ends.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        vec![CodeFound { bytes: vec![1], corners: [(0, 0); 4] }]
    });
    let camera = CameraWorker::behind(Arc::new(lens), Arc::new(decoder), Arc::clone(&door) as _).unwrap();
    camera.start(CameraWish::default());
    let sequences = door.wait(|seen| {
        (seen.codes.len() >= 5)
            .then(|| seen.codes.iter().map(|(_, frame)| frame.sequence).collect::<Vec<_>>())
    });
    // Without the camera there is nothing to wait for any more.
    over.store(true, Ordering::SeqCst);
    drop(camera);
    assert!(
        sequences.windows(2).all(|pair| pair[1] >= pair[0] + 99),
        "old pictures were kept: {sequences:?}"
    );
}

#[test]
fn a_panic_of_the_decoder_costs_one_picture() {
    let lens = SimulatedLens::new(Arc::new(|| Some(checkered())));
    let door = Door::new();
    let calls = AtomicU32::new(0);
    let decoder = Decoder(move |picture: Luma<'_>| {
        assert!(calls.fetch_add(1, Ordering::SeqCst) >= 2, "a decoder that panics, on purpose");
        dark(picture)
    });
    let camera = CameraWorker::behind(Arc::new(lens), Arc::new(decoder), Arc::clone(&door) as _).unwrap();
    camera.start(CameraWish::default());
    door.wait(|seen| seen.codes.first().cloned());
    assert!(!door.states().iter().any(|state| matches!(state, CameraState::Failed(_))));
}

#[test]
fn a_panic_of_a_driver_is_a_fault_and_the_next_try_works() {
    let lens = Scripted::new(PixelFormat::Grey, 64, 48, vec![9; 64 * 48]).panicking(1);
    let door = Door::new();
    let camera =
        CameraWorker::behind(Arc::new(lens), Arc::new(Decoder(nothing)), Arc::clone(&door) as _).unwrap();
    camera.start(CameraWish::default());
    door.wait_for_state(|state| matches!(state, CameraState::Failed(CameraFault::Other(_))));
    door.wait_for_state(running);
}

#[test]
fn damaged_pictures_are_passed_over_and_then_told() {
    let lens = Scripted::new(PixelFormat::Mjpg, 64, 48, vec![0xFF; 999]);
    let door = Door::new();
    let camera =
        CameraWorker::behind(Arc::new(lens), Arc::new(Decoder(nothing)), Arc::clone(&door) as _).unwrap();
    camera.start(CameraWish::default());
    door.wait_for_state(
        |state| matches!(state, CameraState::Failed(CameraFault::Other(why)) if why.contains("JPEG")),
    );
    assert!(door.wait(|seen| Some(seen.frames)) == 0, "a damaged picture was shown");
}

#[tokio::test]
async fn the_simulated_camera_is_listed() {
    let lens = SimulatedLens::new(Arc::new(|| None));
    let camera =
        CameraWorker::behind(Arc::new(lens.clone()), Arc::new(Decoder(nothing)), Door::new() as _).unwrap();
    let listed = camera.list().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].formats[0].width, listed[0].formats[0].height), WANTED_SIZE);
    lens.fail(Some(CameraFault::Busy));
    assert_eq!(camera.list().await.unwrap()[0].fault, Some(CameraFault::Busy));
    lens.fail(Some(CameraFault::NoCamera));
    assert_eq!(camera.list().await.unwrap(), Vec::new());
}
