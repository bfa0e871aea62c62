# SPDX-License-Identifier: GPL-2.0-only
"""KVM is believed only when a kernel has answered under it."""

from kernel_lab.kernel import kvm


def test_kvm_is_used_only_where_the_kernel_booted_under_it(tmp_path, monkeypatch):
    monkeypatch.setattr(kvm, "DEVICE", tmp_path / "kvm")
    asked = []

    def emulated_only(accel, _patience):
        asked.append(accel)
        return accel == "tcg"

    assert kvm.accelerator(tmp_path, emulated_only) == "tcg" and not asked  # there is no such device
    (tmp_path / "kvm").touch()
    assert kvm.accelerator(tmp_path, emulated_only) == "tcg"
    assert kvm.accelerator(tmp_path, emulated_only) == "tcg"
    assert asked == ["kvm", "tcg"], "the verdict is kept"
    (tmp_path / "kvm.json").unlink()
    assert kvm.accelerator(tmp_path, lambda _accel, _patience: True) == "kvm"


def test_a_kernel_that_does_not_boot_at_all_says_nothing_of_kvm(tmp_path, monkeypatch):
    monkeypatch.setattr(kvm, "DEVICE", tmp_path)
    assert kvm.accelerator(tmp_path, lambda _accel, _patience: False) == "tcg"
    assert kvm.accelerator(tmp_path, lambda _accel, _patience: True) == "kvm"
