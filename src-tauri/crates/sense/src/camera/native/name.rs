//! Names of cameras that outlast a replug. Linux numbers its nodes by order of arrival; udev keeps links to them by serial
//! number and by socket. Windows and macOS have names of their own for that.

use gerai_core::port::scan::CameraId;
use nokhwa::utils::CameraInfo;

/// The lasting name of a camera; where the system has none, the best there is.
pub(super) fn lasting(info: &CameraInfo) -> CameraId {
    if cfg!(target_os = "linux")
        && let Ok(number) = info.index().as_index()
    {
        let node = format!("video{number}");
        return CameraId(linked(&node).unwrap_or(node));
    }
    // The symbolic link on Windows, the unique id on macOS.
    let own = info.misc();
    CameraId(if own.is_empty() { info.human_name() } else { own })
}

/// The name of udev's link to this node: by serial number, else by socket.
fn linked(node: &str) -> Option<String> {
    ["/dev/v4l/by-id", "/dev/v4l/by-path"].into_iter().find_map(|folder| {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .ok()?
            .flatten()
            .filter(|entry| {
                std::fs::read_link(entry.path())
                    .is_ok_and(|target| target.file_name().is_some_and(|name| name == node))
            })
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        names.into_iter().next()
    })
}
