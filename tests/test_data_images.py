"""Pictures of one's own, in folders and zips: every format right, every refusal named."""

import io
import stat
import tracemalloc
import zipfile

import numpy as np
import pytest
from PIL import Image, ImageFile

from vae_core.common.errors import BadInput
from vae_core.data import Limits, load_dataset, load_images


def encoded(picture, kind="PNG", **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def plain(colour, size=(40, 40), mode="RGB"):
    return Image.new(mode, size, colour)


RED, BLUE, GREY = (encoded(plain(colour)) for colour in ("red", "blue", (90, 90, 90)))


def folder_of(root, files):
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def zip_of(path, files, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def pixels(tmp_path, data, name="a.png", **options):
    """The one image of an upload that holds only it, (channels, height, width)."""
    (images,) = load_images(folder_of(tmp_path, {name: data}), **options).images
    return images


# --- what a picture becomes


@pytest.mark.parametrize("size", [28, 32, 64])
def test_any_shape_becomes_a_centred_square(tmp_path, size):
    wide = plain("red", (300, 100))
    wide.paste("blue", (100, 0, 200, 100))
    image = pixels(tmp_path, encoded(wide), size=size)
    assert image.shape == (3, size, size)
    # The outermost pixels average over what lies just outside too
    assert (image[:, 1:-1, 1:-1] == np.array([0, 0, 255])[:, None, None]).all()


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (plain("red").convert("CMYK"), [254, 0, 0]),
        (plain("red").quantize(4), [255, 0, 0]),
        (plain((255, 0, 0, 0), mode="RGBA"), [255]),
        (plain((0, 0, 255, 255), mode="RGBA"), [0, 0, 255]),
        (plain((0, 127), mode="LA"), [128]),
        (plain(1, mode="1"), [255]),
        (plain(77, mode="L"), [77]),
        (Image.fromarray(np.full((40, 40), 0x80FF, np.uint16)), [0x80]),
    ],
    ids=["CMYK", "palette", "transparent", "opaque", "half transparent grey", "1 bit", "grey", "16 bit"],
)
def test_every_mode_is_read(tmp_path, picture, expected):
    kind = "TIFF" if picture.mode == "CMYK" else "PNG"
    image = pixels(tmp_path, encoded(picture, kind), f"a.{kind.lower()}")
    assert image.shape[0] == len(expected)
    assert abs(image.astype(int) - np.array(expected)[:, None, None]).max() <= 1


def test_a_transparent_palette_lies_on_white(tmp_path):
    picture = plain("red").quantize(2)
    picture.info["transparency"] = 0
    assert (pixels(tmp_path, encoded(picture, transparency=0)) == 255).all()


def test_the_orientation_in_the_exif_data_is_honoured(tmp_path):
    picture = plain("red")
    picture.paste("blue", (20, 0, 40, 40))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held so that the right side of the file is the bottom of the scene
    image = pixels(tmp_path, encoded(picture, "JPEG", exif=exif, quality=95), "a.jpg")
    assert image[0, :20].min() > 200 > 50 > image[0, -20:].max()


def test_an_animation_gives_its_first_frame(tmp_path):
    data = encoded(plain("red"), "GIF", save_all=True, append_images=[plain("blue")])
    assert (pixels(tmp_path, data, "a.gif")[:, 0, 0] == [255, 0, 0]).all()


def test_channels_are_1_if_all_are_grey_and_can_be_forced(tmp_path):
    grey = folder_of(tmp_path / "grey", {"a.png": GREY, "b.png": GREY})
    mixed = folder_of(tmp_path / "mixed", {"a.png": GREY, "b.png": RED})
    assert load_images(grey).shape[0] == 1
    assert load_images(grey, channels=3).shape[0] == 3
    assert load_images(mixed).shape[0] == 3
    assert load_images(mixed, channels=1).images[:, 0, 0, 0].tolist() == [90, 76]  # red's luma is 0.299·255


@pytest.mark.parametrize("asked", [{"size": 30}, {"channels": 2}])
def test_other_sizes_and_channels_are_refused(tmp_path, asked):
    with pytest.raises(BadInput, match="got"):
        load_images(folder_of(tmp_path, {"a.png": RED}), **asked)


# --- folders and zips


@pytest.mark.parametrize("pack", [folder_of, lambda path, files: zip_of(path / "pets.zip", files)], ids=["folder", "zip"])
def test_names_give_classes_and_order(tmp_path, pack):
    files = {
        "pets/dog/2.png": RED,
        "pets/cat/b/3.PNG": BLUE,
        "pets/cat/1.jpg": GREY,
        "pets/.DS_Store": b"",
        "pets/a.txt": b"hi",
    }
    dataset = load_images(pack(tmp_path, files))
    assert dataset.class_names == ("cat", "dog")
    assert dataset.labels.tolist() == [0, 0, 1]
    assert dataset.images[:, :, 0, 0].tolist() == [[90] * 3, [0, 0, 255], [255, 0, 0]]
    assert len(dataset.skipped) == 1
    assert dataset.skipped[0].startswith("pets/a.txt: not a picture")


@pytest.mark.parametrize("names", [["1.png", "2.png"], ["all/1.png", "all/2.png"], ["cat/1.png", "2.png"]])
def test_there_are_no_labels_unless_every_picture_has_one(tmp_path, names):
    dataset = load_images(folder_of(tmp_path, dict.fromkeys(names, RED)))
    assert dataset.labels is None
    assert dataset.class_names == ()


def test_unreadable_files_are_listed_and_leave_no_image(tmp_path):
    noise = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)))
    files = {"a/1.png": noise[: len(noise) // 2], "a/2.png": RED, "b/3.png": b"no png", "b/4.png": BLUE, "c/5.png": b""}
    dataset = load_images(folder_of(tmp_path, files))
    assert dataset.images[:, :, 0, 0].tolist() == [[255, 0, 0], [0, 0, 255]]
    assert dataset.class_names == ("a", "b")
    assert [reason.split(": ", 1)[0] for reason in dataset.skipped] == ["a/1.png", "b/3.png", "c/5.png"]
    assert "truncated" in dataset.skipped[0]
    assert "not a picture that can be read" in dataset.skipped[1]


@pytest.mark.parametrize(
    ("files", "answer"),
    [({}, "holds no picture"), ({"a.png": b"x"}, r"a\.png: not a picture"), ({"a.txt": b"x"}, r"a\.txt: not")],
)
def test_nothing_readable_is_an_error_that_says_why(tmp_path, files, answer):
    with pytest.raises(BadInput, match=answer):
        load_images(folder_of(tmp_path / "pictures", {"keep/.hidden": b""} | files))


@pytest.mark.parametrize("name", ["a.tar", "none.zip", "b.png"])
def test_other_files_are_refused_with_what_is_allowed(tmp_path, name):
    folder_of(tmp_path, {"a.tar": b"x", "b.png": RED})
    with pytest.raises(BadInput, match=r"not a folder, \.zip, \.npy or \.npz"):
        load_images(tmp_path / name)


def test_a_path_takes_part_in_splits_and_subsets(tmp_path):
    files = {f"{pet}/{k}.png": encoded(plain((k, 0, 9))) for pet in ("cat", "dog") for k in range(20)}
    folder = folder_of(tmp_path / "pets", files)
    train, test = (load_dataset(folder, split=split, size=28) for split in ("train", "test"))
    assert (len(train), len(test), test.name, test.split) == (36, 4, "pets", "test")
    assert np.bincount(test.labels).tolist() == [2, 2]
    assert len(load_dataset(str(folder), n_images=7)) == 7


def test_progress_is_reported_to_the_end(tmp_path):
    heard = []
    load_images(folder_of(tmp_path, {f"{k}.png": RED for k in range(5)}), on_progress=lambda *step: heard.append(step))
    assert heard == [(k, 5) for k in range(1, 6)]


# --- limits, and archives that lie


@pytest.fixture
def loads(monkeypatch):
    """Number of times that Pillow decoded."""
    calls = []
    real_load = ImageFile.ImageFile.load
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: calls.append(self.size) or real_load(self))
    return calls


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"])
def test_an_oversize_picture_is_refused_before_it_is_decoded(tmp_path, loads, kind):
    data = encoded(plain("red", (50, 41)), kind)
    loads.clear()
    with pytest.raises(BadInput, match="50×41 pixels; at most 2,000"):
        load_images(folder_of(tmp_path, {f"a.{kind.lower()}": data}), limits=Limits(pixels=2000))
    assert not loads


def test_a_header_that_declares_gigapixels_is_only_skipped(tmp_path, loads):
    header = bytearray(RED)
    header[16:24] = (60_000).to_bytes(4, "big") * 2
    dataset = load_images(folder_of(tmp_path, {"a.png": bytes(header), "b.png": RED}))
    assert len(dataset) == 1
    assert dataset.skipped[0].startswith("a.png: ")
    assert set(loads) == {(40, 40)}


@pytest.mark.parametrize("pack", [folder_of, lambda path, files: zip_of(path / "a.zip", files)], ids=["folder", "zip"])
@pytest.mark.parametrize("limits", [Limits(n_images=2), Limits(total_bytes=3 * len(RED) - 1)], ids=["count", "bytes"])
def test_too_much_is_refused_before_anything_is_decoded(tmp_path, loads, pack, limits):
    path = pack(tmp_path, {f"{k}.png": RED for k in range(3)})
    with pytest.raises(BadInput, match=r"at most|the most"):
        load_images(path, limits=limits)
    assert not loads


@pytest.mark.parametrize(
    "name", ["/etc/a.png", "../a.png", "b/../../a.png", "C:\\a.png", "C:a.png", "..\\a.png", "\\\\host\\a\\a.png"]
)
def test_names_that_point_outside_are_skipped(tmp_path, name):
    dataset = load_images(zip_of(tmp_path / "a.zip", {"b/ok.png": BLUE, name: RED}))
    assert dataset.images[:, :, 0, 0].tolist() == [[0, 0, 255]]
    assert "its name points outside the archive" in dataset.skipped[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip"]


def test_links_in_a_zip_are_skipped(tmp_path):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    dataset = load_images(zip_of(tmp_path / "a.zip", {"ok.png": BLUE, link: b"/etc/passwd"}))
    assert dataset.skipped == ("link.png: a symbolic link",)


def test_a_zip_bomb_is_refused_by_what_it_declares(tmp_path):
    bomb = zip_of(tmp_path / "a.zip", {"a.png": bytes(20 * 2**20), "ok.png": RED}, compresslevel=9)
    with pytest.raises(BadInput, match=r"holds 20\.0 MiB"):
        load_images(bomb, limits=Limits(total_bytes=10 * 2**20))
    assert load_images(bomb).skipped == ("a.png: unpacks to more than 200 times its size",)


def test_a_zip_that_lies_about_its_sizes_unpacks_no_more_than_it_declares(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"a.png": bytes(100 * 2**20), "ok.png": RED})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):  # where a local and a central header say the size
        at = data.index(signature) + offset
        data[at : at + 4] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    tracemalloc.start()
    dataset = load_images(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(dataset) == 1
    assert dataset.skipped[0].startswith("a.png: cannot be unpacked")
    assert peak < 10 * 2**20


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_whose_memory_is_unbounded_are_skipped(tmp_path, packing):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", RED, packing)
        archive.writestr("ok.png", RED)
    assert load_images(path).skipped == ("a.png: packed in an unusual way; only stored and deflated members are read",)


def test_an_encrypted_member_is_skipped(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"a.png": RED, "ok.png": RED})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert load_images(path).skipped == ("a.png: encrypted",)
