/// Everything that can be put together of one value from each side: what a grant covers.
struct Box: Hashable {
    var sides: [Set<String>]

    /// Boxes that cover the points and nothing else, few of them: points that differ on one side only are put together, side
    /// after side, in the order of sides that comes out shortest.
    static func fewest(covering points: [[String]]) -> [Box] {
        let single = Set(points.map { Box(sides: $0.map { [$0] }) })
        let orders = permutations(of: Array((points.first ?? []).indices))
        let best = orders.map { merge(single, along: $0) }.min { $0.count < $1.count } ?? []
        return best.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    /// For a stable order: the smallest value of each side.
    private var key: [String] { sides.map { $0.min() ?? "" } }

    private static func merge(_ boxes: Set<Box>, along order: [Int]) -> [Box] {
        var boxes = boxes
        while true {
            let before = boxes.count
            for side in order { boxes = merge(boxes, along: side) }
            if boxes.count == before { return Array(boxes) }
        }
    }

    /// Puts together all boxes that are the same but for one side.
    private static func merge(_ boxes: Set<Box>, along side: Int) -> Set<Box> {
        var groups: [Box: Set<String>] = [:]
        for box in boxes {
            var rest = box
            rest.sides[side] = []
            groups[rest, default: []].formUnion(box.sides[side])
        }
        return Set(
            groups.map { rest, values in
                var box = rest
                box.sides[side] = values
                return box
            })
    }

    private static func permutations(of values: [Int]) -> [[Int]] {
        guard !values.isEmpty else { return [[]] }
        return values.flatMap { first in
            permutations(of: values.filter { $0 != first }).map { [first] + $0 }
        }
    }
}
