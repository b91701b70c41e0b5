"""Properties that say what an image supports."""

from glancetape_generators.provider.base import WholeImages


class SupportFields(WholeImages):
    """The fields that begin with `__support_`."""

    def image_support_agent_list(self) -> str:
        """`__support_agent_list`: hss, ces or hss,ces; a part of images for servers and bare
        metal.

        Source: API document; list answer of cn-south-1, 2022.
        """
        return self._text("__support_agent_list")

    def image_support_amd(self) -> str:
        """`__support_amd`: true or false; a part of x86 images for servers.

        Source: API document.
        """
        return self._text("__support_amd")

    def image_support_arm(self) -> str:
        """`__support_arm`: true for ARM, false for a few others.

        Source: API document; list answer of cn-south-1, 2022.
        """
        return self._text("__support_arm")

    def image_support_diskintensive(self) -> str:
        """`__support_diskintensive`: true; a part of images of systems that disk-intensive servers
        take.

        Source: API document; Open Telekom Cloud's list of values.
        """
        return self._text("__support_diskintensive")

    def image_support_fc_inject(self) -> str:
        """`__support_fc_inject`: true or false; a few of tenants' images for servers.

        Source: API document.
        """
        return self._text("__support_fc_inject")

    def image_support_highperformance(self) -> str:
        """`__support_highperformance`: true; a part of images of systems that high-performance
        servers take.

        Source: API document; Open Telekom Cloud's list of values.
        """
        return self._text("__support_highperformance")

    def image_support_kvm(self) -> str:
        """`__support_kvm`: true; images for KVM without special hardware.

        Source: API document.
        """
        return self._text("__support_kvm")

    def image_support_kvm_fpga_type(self) -> str:
        """`__support_kvm_fpga_type`: VU9P; images with FPGA drivers.

        Source: samples of the API document, 2021.
        """
        return self._text("__support_kvm_fpga_type")

    def image_support_kvm_gpu_type(self) -> str:
        """`__support_kvm_gpu_type`: P4, T4, P100, V100 or V100_vGPU; images with GPU drivers for
        KVM, never with `__support_kvm` or `__support_xen`.

        Source: API document.
        """
        return self._text("__support_kvm_gpu_type")

    def image_support_kvm_infiniband(self) -> str:
        """`__support_kvm_infiniband`: true; images with InfiniBand drivers, never with
        `__support_xen`.

        Source: API document.
        """
        return self._text("__support_kvm_infiniband")

    def image_support_largememory(self) -> str:
        """`__support_largememory`: true; a part of images of systems that large-memory servers
        take.

        Source: API document; Open Telekom Cloud's list of values.
        """
        return self._text("__support_largememory")

    def image_support_xen(self) -> str:
        """`__support_xen`: true; images for Xen without special hardware.

        Source: API document.
        """
        return self._text("__support_xen")

    def image_support_xen_gpu_type(self) -> str:
        """`__support_xen_gpu_type`: M60_vGPU; Windows images with GPU drivers for Xen, never with
        `__support_kvm` or `__support_xen`.

        Source: API document; Open Telekom Cloud's list of values.
        """
        return self._text("__support_xen_gpu_type")

    def image_support_xen_hana(self) -> str:
        """`__support_xen_hana`: true; SUSE and Red Hat images for SAP HANA, never with
        `__support_kvm` or `__support_xen`.

        Source: API document.
        """
        return self._text("__support_xen_hana")
