//! Names the likeliest class of image files, from Rust: the declarations of reszoo.h that this needs, and a safe type over them.
//!
//! usage: classify MODEL IMAGE...

use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::ptr::{null, null_mut};

/// What of reszoo.h this program uses. The structures are laid out as there.
mod ffi {
    use super::*;

    pub const OK: i32 = 0;
    pub const PATHS: i32 = 4;

    #[repr(C)]
    pub struct Images {
        pub struct_size: usize,
        pub kind: i32,
        pub reserved: i32,
        pub count: usize,
        pub data: *const u8,
        pub data_size: usize,
        pub offsets: *const c_void,
        pub validity: *const u8,
        pub validity_offset: usize,
        pub buffers: *const *const c_void,
        pub sizes: *const usize,
        pub paths: *const *const c_char,
        pub pixels: *const c_void,
    }

    #[repr(C)]
    pub struct Answers {
        pub struct_size: usize,
        pub top: usize,
        pub indices: *mut i32,
        pub probabilities: *mut f64,
        pub logits: *mut f32,
    }

    #[repr(C)]
    pub struct Outcomes {
        pub struct_size: usize,
        pub statuses: *mut i32,
        pub messages: *mut *mut c_char,
    }

    #[link(name = "reszoo")]
    unsafe extern "C" {
        pub fn reszoo_free(text: *mut c_void);
        pub fn reszoo_model_open(
            path: *const c_char,
            options: *const c_void,
            model: *mut *mut c_void,
            message: *mut *mut c_char,
        ) -> c_int;
        pub fn reszoo_model_close(model: *mut c_void, message: *mut *mut c_char) -> c_int;
        pub fn reszoo_model_get_label(
            model: *const c_void,
            index: usize,
            label: *mut *mut c_char,
            message: *mut *mut c_char,
        ) -> c_int;
        pub fn reszoo_classify(
            model: *const c_void,
            images: *const Images,
            cancellation: *mut c_void,
            answers: *mut Answers,
            outcomes: *mut Outcomes,
            message: *mut *mut c_char,
        ) -> c_int;
    }
}

/// Takes over a text of the library; empty for NULL.
fn owned(text: *mut c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    let copy = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
    unsafe { ffi::reszoo_free(text.cast()) };
    copy
}

/// Runs a call of the library; its message is the error.
fn call(body: impl FnOnce(*mut *mut c_char) -> c_int) -> Result<(), String> {
    let mut message = null_mut();
    let status = body(&mut message);
    let text = owned(message);
    if status == ffi::OK { Ok(()) } else { Err(text) }
}

struct Model(*mut c_void);

// The library says so of its handles.
unsafe impl Send for Model {}
unsafe impl Sync for Model {}

impl Model {
    fn open(path: &str) -> Result<Model, String> {
        let path = CString::new(path).map_err(|error| error.to_string())?;
        let mut model = null_mut();
        call(|message| unsafe { ffi::reszoo_model_open(path.as_ptr(), null(), &mut model, message) })?;
        Ok(Model(model))
    }

    fn label(&self, index: usize) -> Result<String, String> {
        let mut label = null_mut();
        call(|message| unsafe { ffi::reszoo_model_get_label(self.0, index, &mut label, message) })?;
        Ok(owned(label))
    }

    /// The likeliest class of each image and its probability, or why it has none.
    fn classify(&self, paths: &[String]) -> Result<Vec<Result<(usize, f64), String>>, String> {
        let names: Vec<CString> = paths.iter().map(|path| CString::new(path.as_str()).unwrap_or_default()).collect();
        let pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
        let count = paths.len();
        let (mut indices, mut probabilities) = (vec![-1; count], vec![0.0; count]);
        let (mut statuses, mut messages) = (vec![0; count], vec![null_mut(); count]);
        let images = ffi::Images {
            struct_size: size_of::<ffi::Images>(),
            kind: ffi::PATHS,
            reserved: 0,
            count,
            data: null(),
            data_size: 0,
            offsets: null(),
            validity: null(),
            validity_offset: 0,
            buffers: null(),
            sizes: null(),
            paths: pointers.as_ptr(),
            pixels: null(),
        };
        let mut answers = ffi::Answers {
            struct_size: size_of::<ffi::Answers>(),
            top: 1,
            indices: indices.as_mut_ptr(),
            probabilities: probabilities.as_mut_ptr(),
            logits: null_mut(),
        };
        let mut outcomes = ffi::Outcomes {
            struct_size: size_of::<ffi::Outcomes>(),
            statuses: statuses.as_mut_ptr(),
            messages: messages.as_mut_ptr(),
        };
        call(|message| unsafe {
            ffi::reszoo_classify(self.0, &images, null_mut(), &mut answers, &mut outcomes, message)
        })?;
        Ok((0..count)
            .map(|image| {
                let text = owned(messages[image]);
                if statuses[image] == ffi::OK { Ok((indices[image] as usize, probabilities[image])) } else { Err(text) }
            })
            .collect())
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        unsafe { ffi::reszoo_model_close(self.0, null_mut()) };
    }
}

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, images @ ..] = arguments.as_slice() else {
        return Err("usage: classify MODEL IMAGE...".into());
    };
    let model = Model::open(path)?;
    for (image, answer) in images.iter().zip(model.classify(images)?) {
        match answer {
            Ok((index, probability)) => println!("{image}: {} ({:.2} %)", model.label(index)?, 100.0 * probability),
            Err(error) => println!("{image}: error: {error}"),
        }
    }
    Ok(())
}
