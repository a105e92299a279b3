// Package comparison says what is different between two runs, two accounts or two
// targets, and what of it is no chance.
//
// It compares rows ([Row]), one for each cell: its verdict, its times, and its outlines
// ([Outline]), which are the names, types and headers of the replies without what is new each
// time. History keeps a row beside each cell, so two runs of ten thousand cells are compared
// without reading one of their records:
//
//	row := comparison.RowOf(result) // once, when the cell is kept
//
// It is pure: no clock, no file, no network.
package comparison
