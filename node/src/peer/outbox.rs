//! Frames on their way out of one stream: pushed by many, taken by the task that writes the
//! connection, all that wait at once. There is no task in between.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use futures::Stream;

use super::frame::{Frame, Frames, Hello, MESSAGE_BYTES_MAX};

/// Most payload bytes that wait in one outbox.
const OUTBOX_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The sending end.
#[derive(Clone)]
pub(super) struct Outbox(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    hello: Option<Hello>,
    frames: VecDeque<Frame>,
    bytes: usize,
    closed: bool,
    waker: Option<Waker>,
}

/// Why a frame was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PushError {
    /// The stream has ended.
    Closed,
    /// Too much is waiting already.
    Full,
}

impl Outbox {
    /// An outbox that greets first.
    pub(super) fn new(hello: Hello) -> Self {
        Self(Arc::new(Mutex::new(Waiting { hello: Some(hello), ..Waiting::default() })))
    }

    /// Hands a frame over.
    pub(super) fn push(&self, frame: Frame) -> Result<(), PushError> {
        let waker = {
            let mut waiting = self.lock();
            if waiting.closed {
                return Err(PushError::Closed);
            }
            if waiting.bytes + frame.payload.len() > OUTBOX_BYTES_MAX && !waiting.frames.is_empty()
            {
                return Err(PushError::Full);
            }
            waiting.bytes += frame.payload.len();
            waiting.frames.push_back(frame);
            waiting.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Ends the stream after what waits.
    pub(super) fn close(&self) {
        let waker = {
            let mut waiting = self.lock();
            waiting.closed = true;
            waiting.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The receiving end. There must be one per outbox.
    pub(super) fn stream(&self) -> Outgoing {
        Outgoing(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().expect("no code panics while it holds an outbox")
    }
}

/// The receiving end of an [`Outbox`]: messages of all frames that wait. Dropping it closes the
/// outbox.
pub(super) struct Outgoing(Outbox);

impl Outgoing {
    fn take(&self, context: &Context<'_>) -> Poll<Option<Frames>> {
        let mut waiting = self.0.lock();
        let hello = waiting.hello.take();
        if hello.is_none() && waiting.frames.is_empty() {
            if waiting.closed {
                return Poll::Ready(None);
            }
            waiting.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        let mut bytes = 0;
        let mut count = 0;
        for frame in &waiting.frames {
            bytes += frame.payload.len();
            if count > 0 && bytes > MESSAGE_BYTES_MAX {
                bytes -= frame.payload.len();
                break;
            }
            count += 1;
        }
        waiting.bytes -= bytes;
        let frames = waiting.frames.drain(..count).collect();
        Poll::Ready(Some(Frames { hello, frames }))
    }
}

impl Stream for Outgoing {
    type Item = Frames;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.take(context)
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.closed = true;
        waiting.frames.clear();
        waiting.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::{FutureExt, StreamExt};

    use super::*;

    fn frame(id: u64, bytes: usize) -> Frame {
        Frame { id, payload: Bytes::from(vec![0; bytes]), ..Frame::default() }
    }

    #[test]
    fn what_waits_goes_out_together_up_to_a_message() {
        let outbox = Outbox::new(Hello::default());
        let mut stream = outbox.stream();
        outbox.push(frame(1, 10)).unwrap();
        outbox.push(frame(2, MESSAGE_BYTES_MAX)).unwrap();
        let first = stream.next().now_or_never().unwrap().unwrap();
        assert!(first.hello.is_some());
        assert_eq!(first.frames.iter().map(|f| f.id).collect::<Vec<_>>(), vec![1]);
        let second = stream.next().now_or_never().unwrap().unwrap();
        assert!(second.hello.is_none());
        assert_eq!(second.frames.len(), 1, "a frame above the limit goes alone");
        assert!(stream.next().now_or_never().is_none(), "nothing waits");
    }

    #[test]
    fn an_outbox_is_bounded_and_ends_with_its_stream() {
        let outbox = Outbox::new(Hello::default());
        let stream = outbox.stream();
        outbox.push(frame(1, OUTBOX_BYTES_MAX)).unwrap();
        assert_eq!(outbox.push(frame(2, 1)), Err(PushError::Full));
        drop(stream);
        assert_eq!(outbox.push(frame(3, 1)), Err(PushError::Closed));
    }
}
