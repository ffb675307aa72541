//! What becomes of a frame that the lab's cable has corrupted.

use crate::model::fate::Arrival;
use crate::model::fault::FaultKind;
use crate::model::layer::Decoded;

/// Why the receiver's kernel drops a corrupted frame: the outermost checksum that does not fit. `None` of a frame that
/// came as it was sent, and where no checksum covers what was corrupted.
pub fn told(decoded: &Decoded<'_>) -> Option<String> {
    if decoded.frame.arrival() != Arrival::Corrupted {
        return None;
    }
    let is_bad = |kind: &FaultKind| matches!(kind, FaultKind::BadChecksum { .. });
    let mut bad = decoded.faults.iter().filter(|fault| is_bad(&fault.kind));
    let layer = bad.find_map(|fault| {
        let layer = decoded.layers.get(fault.layer)?;
        (!layer.is_quoted()).then_some(layer)
    })?;
    let label = layer.protocol.label;
    Some(format!(
        "so its {label} checksum does not fit, and the receiver's kernel drops it"
    ))
}
