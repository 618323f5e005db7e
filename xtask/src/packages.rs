//! Every system package the project asks for, in one place, with what it is for.
//!
//! The names are Debian's and Ubuntu's. On other systems nothing is installed: [`other_systems`] says what to get.

/// One Debian package.
pub struct Package {
    /// Its name in Debian.
    pub name: &'static str,
    /// Any of these programs on the `PATH` will do as well, so the package is then left alone.
    pub or_program: &'static [&'static str],
}

/// Packages that are needed for one purpose.
pub struct Group {
    /// What they are for, as the user reads it.
    pub purpose: &'static str,
    /// The packages.
    pub packages: &'static [Package],
}

const fn package(name: &'static str) -> Package {
    Package { name, or_program: &[] }
}

const fn program(name: &'static str, or_program: &'static [&'static str]) -> Package {
    Package { name, or_program }
}

/// A C compiler for the bundled SQLite and for ring; D-Bus for Bluetooth; for webcams the kernel's headers, and clang's
/// library, which reads them.
pub const HEADLESS: Group = Group {
    purpose: "building the station",
    packages: &[
        program("build-essential", &["cc"]),
        package("pkg-config"),
        package("libdbus-1-dev"),
        package("libclang-dev"),
        package("linux-libc-dev"),
    ],
};

/// The window's libraries. They bring their run-time halves along.
pub const DESKTOP: Group = Group {
    purpose: "building and opening the window",
    packages: &[
        package("libwebkit2gtk-4.1-dev"),
        package("libayatana-appindicator3-dev"),
        package("librsvg2-dev"),
        package("libdbus-1-dev"),
    ],
};

/// A display without a screen, a session bus, and eyes to look at the pixels.
pub const WINDOW_TESTS: Group = Group {
    purpose: "testing the window",
    packages: &[
        package("webkit2gtk-driver"),
        package("xvfb"),
        package("xauth"),
        package("dbus"),
        package("xdotool"),
        package("imagemagick"),
        package("x11-utils"),
        package("libgl1-mesa-dri"),
        package("fonts-dejavu-core"),
    ],
};

/// Programs that Playwright may drive, in the order they are looked for.
pub const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A browser for the screens.
pub const BROWSER_TESTS: Group =
    Group { purpose: "testing in a browser", packages: &[program("chromium", BROWSERS)] };

/// Real brokers and keychains: what a user would have beside the station.
pub const REAL_PARTS: Group = Group {
    purpose: "testing against real parts",
    packages: &[
        program("mosquitto", &["mosquitto"]),
        program("mosquitto-clients", &["mosquitto_sub"]),
        package("dbus"),
        package("gnome-keyring"),
        // Takes memory dumps where the kernel hands its own to another program.
        program("gdb", &["gdb"]),
    ],
};

/// A private bus, and what plays BlueZ on it. The simulated webcam needs no more than the C compiler.
pub const SENSE_TESTS: Group = Group {
    purpose: "testing Bluetooth without Bluetooth",
    packages: &[package("dbus"), package("python3-dbusmock")],
};

/// Python for the Django peer of the benchmark.
pub const BENCH: Group = Group {
    purpose: "measuring the Django peer",
    packages: &[
        package("python3"),
        package("python3-venv"),
        program("mosquitto", &["mosquitto"]),
        program("mosquitto-clients", &["mosquitto_passwd"]),
    ],
};

/// What the station's short messages are measured beside; no test needs it.
pub const SMS_BENCH: Group = Group {
    purpose: "measuring short messages beside other programs",
    packages: &[
        program("gammu-smsd", &["gammu-smsd"]),
        program("smstools", &["smsd"]),
        program("kannel", &["bearerbox"]),
    ],
};

/// What reading QR codes is measured beside; no test needs it.
pub const QR_BENCH: Group =
    Group { purpose: "measuring QR codes beside zbar", packages: &[package("libzbar-dev")] };

/// A C compiler for Windows: the bundled SQLite and ring are C.
pub const WINDOWS_CHECK: Group = Group {
    purpose: "type-checking for Windows",
    packages: &[package("gcc-mingw-w64-x86-64-win32"), package("g++-mingw-w64-x86-64-win32")],
};

/// Python for zig, which compiles C for macOS.
pub const MACOS_CHECK: Group =
    Group { purpose: "type-checking for macOS", packages: &[package("python3"), package("python3-venv")] };

/// What to get by hand where there is no `apt-get`.
pub fn other_systems() -> &'static str {
    if cfg!(target_os = "macos") {
        "Needed on macOS: the Xcode command line tools (type: xcode-select --install)."
    } else if cfg!(windows) {
        "Needed on Windows: the Visual Studio C++ build tools, and the WebView2 runtime (part of Windows 11)."
    } else {
        "This system has no apt-get. Install WebKitGTK 4.1, Ayatana AppIndicator 3, librsvg and D-Bus with their \
         headers, clang's library, a C compiler and pkg-config:\n  \
         Fedora: sudo dnf install webkit2gtk4.1-devel libayatana-appindicator-gtk3-devel librsvg2-devel dbus-devel \
         clang-devel gcc pkgconf\n  \
         Arch:   sudo pacman -S webkit2gtk-4.1 libayatana-appindicator librsvg dbus clang base-devel"
    }
}
