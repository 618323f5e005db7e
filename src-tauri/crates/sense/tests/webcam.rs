//! The way of the pictures from a webcam on: the station's own camera code in a process of its own, with a USB webcam made
//! of software in place of the kernel's (`support/webcam.c`). Nothing of this machine's own cameras is touched.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![allow(clippy::unwrap_used, reason = "a panic is how a test speaks, in its helpers too")]

#[path = "support/camera.rs"]
mod camera;

use camera::{Webcam, code_of, jpeg_of, slope, yuyv_of};

const HD: &str = "MJPG 1280 720 30\nYUYV 1280 720 10\nMJPG 640 480 30\nYUYV 640 480 30\n";

#[test]
fn mjpg_720p_is_shown_as_it_came() {
    let webcam = Webcam::new(HD);
    let jpeg = jpeg_of(&slope(1280, 720), 1280, 720);
    webcam.sees("MJPG.1280x720", &jpeg);
    let mut look = webcam.watch(&[]);
    look.wait_for("state running 1280x720 30 Simulated USB webcam");
    let looked = look.wait_for("looked 1280x720 mean ");
    assert!(matches!(looked.rsplit(' ').next().unwrap(), "126" | "127" | "128"), "{looked}");
    let shown = look.wait_for("frame ");
    assert!(shown.ends_with(&format!(" 1280x720 {}", jpeg.len())), "{shown}");
    assert_eq!(webcam.saved(), jpeg, "the camera's JPEG is passed on unchanged");
}

#[test]
fn yuyv_480p_is_cut_and_made_into_jpeg() {
    let webcam = Webcam::new("YUYV 640 480 30\n");
    let seen = slope(640, 480);
    webcam.sees("YUYV.640x480", &yuyv_of(&seen));
    let mut look = webcam.watch(&[]);
    look.wait_for("state running 640x480 30 Simulated USB webcam");
    let looked = look.wait_for("looked 640x480 mean ");
    assert!(matches!(looked.rsplit(' ').next().unwrap(), "126" | "127" | "128"), "{looked}");
    look.wait_for("frame ");
    look.wait_for("frame ");
    let shown = image::load_from_memory(&webcam.saved()).unwrap().to_luma8();
    assert_eq!((shown.width(), shown.height()), (640, 480));
    let worst = shown.as_raw().iter().zip(&seen).map(|(has, want)| has.abs_diff(*want)).max().unwrap();
    assert!(worst < 12, "a shade is off by {worst}");
}

#[test]
fn a_code_is_read_from_both_kinds_of_picture() {
    let token = "VjAxOzAwMDAwMDAwMDAxOzE2NDY2NDY4NjA7MDAwMTAuMDAwOzAwMDIuMDAwO0FQSUtFWTAxOw.\
                 5JHaQso8bUvKDcIJkz1k__FBV9j0xLo0L8e54NfmGmw";
    let webcam = Webcam::new("MJPG 1280 720 30\n");
    webcam.sees("MJPG.1280x720", &jpeg_of(&code_of(token, 1280, 720, 8), 1280, 720));
    let mut look = webcam.watch(&[]);
    let code = look.wait_for("code in frame ");
    assert!(code.ends_with(token), "{code}");
    let webcam = Webcam::new("YUYV 640 480 30\n");
    webcam.sees("YUYV.640x480", &yuyv_of(&code_of(token, 640, 480, 5)));
    let mut look = webcam.watch(&[]);
    let code = look.wait_for("code in frame ");
    assert!(code.ends_with(token), "{code}");
}

#[test]
fn a_smaller_picture_can_be_chosen() {
    let webcam = Webcam::new(HD);
    webcam.sees("MJPG.640x480", &jpeg_of(&slope(640, 480), 640, 480));
    let mut look = webcam.watch(&["--size", "640x480", "--camera", "video0"]);
    look.wait_for("state running 640x480 30");
}

#[test]
fn unplugged_and_plugged_in_again() {
    let webcam = Webcam::new(HD);
    webcam.sees("MJPG.1280x720", &jpeg_of(&slope(1280, 720), 1280, 720));
    let mut look = webcam.watch(&[]);
    look.wait_for("state running");
    webcam.fault("unplugged");
    look.wait_for("state failed Unplugged: the camera was unplugged");
    webcam.fault("");
    look.wait_for("state running");
    look.wait_for("frame ");
}

#[test]
fn busy_until_the_other_program_lets_go() {
    let webcam = Webcam::new(HD);
    webcam.sees("MJPG.1280x720", &jpeg_of(&slope(1280, 720), 1280, 720));
    webcam.fault("busy");
    let mut look = webcam.watch(&[]);
    look.wait_for("state failed Busy: the camera is used by another program");
    webcam.fault("");
    look.wait_for("state running");
}

#[test]
fn denied_absent_and_unreadable_are_told_apart() {
    let webcam = Webcam::new(HD);
    webcam.sees("MJPG.1280x720", &jpeg_of(&slope(1280, 720), 1280, 720));
    for (fault, told) in [
        ("denied", "state failed Denied: "),
        ("unplugged", "state failed NoCamera: no camera was found"),
        ("metadata", "state failed Unsupported: "),
    ] {
        webcam.fault(fault);
        let mut look = webcam.watch(&[]);
        look.wait_for(told);
    }
}

#[test]
fn a_camera_that_falls_silent_is_told_and_does_not_stop_the_rest() {
    let webcam = Webcam::new(HD);
    webcam.sees("MJPG.1280x720", &jpeg_of(&slope(1280, 720), 1280, 720));
    let mut look = webcam.watch(&["--seconds", "60"]);
    look.wait_for("state running");
    webcam.fault("silent");
    look.wait_for("state failed Other(\"no picture for 5 s\")");
    webcam.fault("");
    look.wait_for("state running");
}

#[test]
fn a_list_names_the_camera_and_not_its_second_node() {
    let webcam = Webcam::new(HD);
    let list = webcam.list();
    assert!(list.contains("camera video0 Simulated USB webcam\n  Mjpg 1280x720 30\n"), "{list}");
    assert!(list.contains("  Yuyv 640x480 30\n") && !list.contains("video1"), "{list}");
    webcam.fault("denied");
    assert!(webcam.list().contains("Denied: the system does not allow"));
    webcam.fault("unplugged");
    assert_eq!(webcam.list(), "end\n");
}

#[test]
fn a_list_does_not_disturb_the_camera_that_runs() {
    let webcam = Webcam::new(HD);
    webcam.sees("MJPG.1280x720", &jpeg_of(&slope(1280, 720), 1280, 720));
    let mut look = webcam.watch(&["--list"]);
    look.wait_for("camera video0 Simulated USB webcam");
    let format = look.wait_for("  ");
    assert_eq!(format, "  Mjpg 1280x720 30");
    look.wait_for("end");
    look.wait_for("frame ");
    assert!(!look.seen("state failed"), "the camera stopped");
}
