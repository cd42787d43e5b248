"""What the Node panel shows, in a few sentences."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget


class NodeHelp(QLabel):
    """The text that the header's ⓘ shows and hides."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("nodeHelpText")
        self.setWordWrap(True)
        self.setText(
            self.tr(
                "A node sees only the inputs in its window. Each is multiplied by the weight at its place (⊙); "
                "products and bias add up to z; ReLU keeps z if it is positive, else the node is 0. Point at a cell "
                "to see its partners; click it to go to where its input is from. The bar compares the value with "
                "the most this filter can give: with 1 wherever a weight is positive, 0 elsewhere. Every printed "
                "number is the true one, rounded for itself: ≈ stands where what is printed does not give the next "
                "number to the last digit, and a corner marks such a product. In deeper layers the "
                "maps that were read are listed with what each gave, and the cells are those of the one pointed at. "
                "Strictly this is a cross-correlation, the filter is not turned over; deep learning calls it a "
                "convolution."
            )
        )
        self.hide()
