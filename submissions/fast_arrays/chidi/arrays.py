from scipy.spatial.distance import cdist
import numpy


def distances(x, y):
    return cdist(x, y, metric="sqeuclidean")


def convolve(x, w):
    """In the frequency domain: the kernels' spectra are conjugated, so that they are not flipped."""
    size = x.shape[2:]
    spectrum = numpy.fft.rfft2(x)[:, None] * numpy.fft.rfft2(w, size).conj()[None]
    k = w.shape[-1]
    return numpy.fft.irfft2(spectrum.sum(axis=2), size)[:, :, : size[0] - k + 1, : size[1] - k + 1]
